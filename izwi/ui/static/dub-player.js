// Before and after in step: two players, one clock; only one of them is heard.

const DRIFT = 0.08; // s the two may be apart before the silent one is moved

export class Player {
  constructor(el, moved) {
    Object.assign(this, { el, moved });
    this.tracks = [el["dub-original"], el["dub-dubbed"]];
    el["dub-play"].addEventListener("click", () => (this.heard.paused ? this.play() : this.pause()));
    el["dub-seek"].addEventListener("input", () => this.seek(Number(el["dub-seek"].value)));
    el["dub-which"].addEventListener("change", () => this.choose());
    for (const track of this.tracks) {
      track.addEventListener("timeupdate", () => track === this.heard && this.follow());
      track.addEventListener("ended", () => track === this.heard && this.pause());
    }
    this.choose();
  }

  /** The track that is heard; the other one plays along without a sound. */
  get heard() {
    return this.tracks[this.el["dub-which"].querySelector("[value=original]").checked ? 0 : 1];
  }

  get silent() {
    return this.tracks.find((track) => track !== this.heard);
  }

  load(base, version, seconds) {
    this.pause();
    this.seconds = seconds;
    ["original.wav", "dub.wav"].forEach((file, at) => (this.tracks[at].src = `${base}/${file}?v=${version}`));
    this.el["dub-seek"].max = seconds;
    this.follow();
  }

  choose() {
    for (const track of this.tracks) track.muted = track !== this.heard;
    if (this.silent.readyState) this.heard.currentTime = this.silent.currentTime;
  }

  async play() {
    try {
      await Promise.all(this.tracks.map((track) => track.play()));
    } catch {
      return this.pause();
    }
    this.show(true);
  }

  pause() {
    for (const track of this.tracks) track.pause();
    this.show(false);
  }

  seek(seconds) {
    for (const track of this.tracks) track.currentTime = seconds;
    this.follow();
  }

  follow() {
    const now = this.heard.currentTime || 0;
    if (Math.abs((this.silent.currentTime || 0) - now) > DRIFT) this.silent.currentTime = now;
    this.el["dub-seek"].value = now;
    this.el["dub-clock"].textContent = clock(now);
    this.moved(this.seconds ? now / this.seconds : 0);
  }

  show(playing) {
    this.el["dub-play"].setAttribute("aria-pressed", playing);
    this.el["dub-play-icon"].setAttribute("d", playing ? "M8 5v14M16 5v14" : "M8 5l11 7-11 7z");
  }
}

/** Seconds as 1:05. */
export function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}
