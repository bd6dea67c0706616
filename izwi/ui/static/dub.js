// The dubbing tab: a clip goes to the server, its progress comes back, then the dub, which can be changed line by line.

import { Lines } from "./dub-lines.js";
import { said } from "./dub-notes.js";
import { draw, mark } from "./dub-picture.js";
import { Player } from "./dub-player.js";
import { DUB_WORDS } from "./dub-words.js";

const LOOK = 400; // ms between looks at how the dub stands
const LONGEST = 600_000; // ms of recording
const LAST = "izwi-dub"; // where this tab of the browser remembers its clip

class Dub {
  constructor(root) {
    this.root = root;
    this.el = Object.fromEntries([...root.querySelectorAll("[id]")].map((element) => [element.id, element]));
    this.player = new Player(this.el, (share) => this.now && mark(this.now, share));
    const play = (segment) => (this.player.seek(segment.start), this.player.play());
    this.lines = new Lines(this.el["dub-lines"], () => this.words, (changed) => this.offer(changed), play);
    this.play = play;
    this.version = 0;
    this.wire();
    this.speak();
    this.recall();
  }

  get words() {
    return DUB_WORDS[this.root.lang] ?? DUB_WORDS.en;
  }

  wire() {
    const { el, root } = this;
    const tabs = [...root.querySelectorAll("[data-tab-of]")];
    for (const [at, tab] of tabs.entries()) {
      tab.addEventListener("click", () => this.open(tab.dataset.tabOf));
      tab.addEventListener("keydown", ({ key }) => {
        const to = tabs[(at + (key === "ArrowRight") - (key === "ArrowLeft") + tabs.length) % tabs.length];
        if (to !== tab) (to.focus(), to.click());
      });
    }
    el["dub-file"].addEventListener("change", () => this.give(el["dub-file"].files[0]));
    el["dub-record"].addEventListener("click", () => (this.recorder ? this.recorder.stop() : this.record()));
    el["dub-cancel"].addEventListener("click", () => (this.sending ? this.sending.abort() : fetch(`dub/${this.id}`, { method: "DELETE" })));
    for (const name of ["dub-again", "dub-on"]) el[name].addEventListener("click", () => this.again());
    for (const name of ["dragover", "drop"])
      el.dub.addEventListener(name, (event) => (event.preventDefault(), name === "drop" && this.give(event.dataTransfer.files[0])));
    new MutationObserver(() => this.speak()).observe(root, { attributes: true, attributeFilter: ["lang"] });
  }

  open(tab) {
    this.root.dataset.tab = tab;
    for (const button of this.root.querySelectorAll("[data-tab-of]")) {
      button.setAttribute("aria-selected", button.dataset.tabOf === tab);
      button.tabIndex = button.dataset.tabOf === tab ? 0 : -1;
    }
    if (tab !== "dub") this.player.pause();
  }

  /** Every sentence in the language of the page. */
  speak() {
    const { words } = this;
    for (const element of this.root.querySelectorAll("[data-dub]")) element.textContent = words[element.dataset.dub];
    this.el["dub-seek"].setAttribute("aria-label", words.seek);
    this.legend();
    if (this.standing) this.show(this.standing);
    if (!this.timeline) return;
    this.lines.show(this.timeline.segments);
    this.notices();
  }

  legend() {
    const entries = Object.entries(this.words.emotions).map(([feeling, name]) => {
      const entry = Object.assign(document.createElement("span"), { textContent: name });
      entry.dataset.feeling = feeling;
      return entry;
    });
    this.el["dub-legend"].replaceChildren(...entries);
  }

  // A clip

  async record() {
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      return this.trouble(this.words.trouble.microphone);
    }
    const pieces = [];
    this.recorder = new MediaRecorder(stream);
    this.recorder.ondataavailable = ({ data }) => pieces.push(data);
    this.recorder.onstop = () => {
      clearTimeout(this.longest);
      stream.getTracks().forEach((track) => track.stop());
      const kind = this.recorder.mimeType.split(";")[0];
      this.recorder = null;
      this.recording(false);
      this.give(new File(pieces, `recording.${kind.split("/")[1]}`, { type: kind }));
    };
    this.recorder.start();
    this.longest = setTimeout(() => this.recorder?.stop(), LONGEST);
    this.recording(true);
  }

  recording(on) {
    const label = this.el["dub-record-label"];
    this.el["dub-record"].setAttribute("aria-pressed", on);
    label.dataset.dub = on ? "recorded" : "record";
    label.textContent = this.words[label.dataset.dub];
  }

  /** Send a clip and follow it. The one before is there until the server has this one. */
  async give(file) {
    this.el["dub-file"].value = "";
    if (!file) return;
    if (!file.size) return this.trouble(this.words.trouble.silent);
    this.trouble("");
    this.player.pause();
    this.going(this.words.sending);
    this.sending?.abort();
    const { signal } = (this.sending = new AbortController());
    const query = new URLSearchParams({ to: this.el["dub-to"].value, name: file.name });
    const answer = await this.ask(`dub?${query}`, { method: "POST", body: file, signal });
    if (signal !== this.sending?.signal) return; // another clip was chosen meanwhile
    this.sending = null;
    if (!answer) return void (this.el["dub-going"].hidden = true);
    const before = this.id;
    this.el["dub-result"].hidden = true;
    this.timeline = null;
    this.lines.forget();
    this.follow(answer);
    if (before) fetch(`dub/${before}?forget=true`, { method: "DELETE" });
  }

  async again() {
    const body = JSON.stringify(this.lines.collect());
    this.trouble("");
    this.offer(false);
    this.player.pause();
    this.going(this.words.stages[""]);
    const answer = await this.ask(`dub/${this.id}`, { method: "POST", body, headers: { "content-type": "application/json" } });
    if (answer) return this.follow(answer);
    this.el["dub-going"].hidden = true;
    this.lines.read();
  }

  /** The answer; after a trouble that was shown null if the server refused, nothing if it was not reached. */
  async ask(address, options) {
    try {
      const answer = await fetch(address, options);
      const said = await answer.json();
      if (answer.ok) return said;
      this.trouble(said.text ?? said.error?.message);
      return null;
    } catch (error) {
      if (error.name !== "AbortError") this.trouble(this.words.trouble.server);
    }
  }

  /** The clip this page had before it was loaded again, if the server still has it. */
  async recall() {
    const id = remembered();
    const answer = id && (await fetch(`dub/${id}`).catch(() => null));
    if (!answer?.ok || this.id || this.sending) return;
    const standing = await answer.json();
    this.lines.recall(standing.edits);
    this.follow(standing);
  }

  // How it goes

  async follow(standing) {
    const { id } = standing;
    this.id = id;
    remembered(id);
    let away = false;
    while (["waiting", "working"].includes(standing?.state)) {
      await new Promise((done) => setTimeout(done, LOOK));
      const now = id === this.id && (await this.ask(`dub/${id}`));
      if (id !== this.id) return; // another clip has come
      if (now === undefined) {
        away = true; // the line may come back, and the dub goes on without us
        continue;
      }
      if (away) this.trouble("");
      [standing, away] = [now, false];
      if (now && !this.sending) this.show(now);
    }
    this.standing = null;
    if (standing?.state === "done") await this.result();
    else if (standing) this.trouble(standing.text, standing.state === "stopped");
    this.el["dub-going"].hidden = !this.sending;
    if (standing?.state !== "done") this.lines.read();
  }

  show(standing) {
    this.standing = standing;
    const { words } = this;
    const { stage = "", done = 0, total = 0, fraction = 0, left = null } = standing.step;
    const counted = total > 1 ? ` · ${words.of(Math.min(done + 1, total), total)}` : "";
    const doing = standing.giving_way ? words.giving_way : `${words.stages[stage]}${counted}`;
    this.going(standing.state === "waiting" ? words.waiting : doing, fraction);
    const seconds = Math.max(1, Math.round(left ?? 0));
    const span = seconds < 90 ? words.seconds(seconds) : words.minutes(Math.round(seconds / 60));
    this.el["dub-left"].textContent = left === null ? "" : words.left(span);
  }

  going(text, fraction = 0) {
    const { el } = this;
    el["dub-going"].hidden = false;
    if (el["dub-stage"].textContent !== text) el["dub-stage"].textContent = text;
    el["dub-progress"].value = fraction;
    if (!fraction) el["dub-left"].textContent = "";
  }

  async result() {
    const { el } = this;
    const base = `dub/${this.id}`;
    this.version += 1;
    const files = ["timeline.json", "picture.json"].map((file) => this.ask(`${base}/${file}?v=${this.version}`));
    const [timeline, peaks] = await Promise.all(files);
    if (!timeline || !peaks) return;
    this.trouble("");
    this.timeline = timeline;
    this.now = draw(el["dub-picture"], timeline, peaks, this.play);
    this.player.load(base, this.version, timeline.seconds);
    this.lines.show(timeline.segments);
    this.notices();
    for (const link of el["dub-downloads"].querySelectorAll("a")) link.href = `${base}/${link.dataset.file}`;
    el["dub-result"].hidden = false;
  }

  notices() {
    const items = this.timeline.notices.map((text) => Object.assign(document.createElement("li"), { textContent: said(text, this.root.lang) }));
    this.el["dub-notices"].replaceChildren(...items);
  }

  offer(changed) {
    this.el["dub-again"].disabled = !changed;
  }

  /** Say what went wrong, and offer to go `on` where it can. */
  trouble(text, on = false) {
    this.el["dub-trouble-text"].textContent = said(text, this.root.lang);
    this.el["dub-on"].hidden = !on;
    this.el["dub-trouble"].hidden = !text;
    if (text) this.el["dub-trouble"].scrollIntoView({ block: "nearest" });
  }
}

/** The id of this tab's clip, now `id` if one is given; nothing where the browser keeps nothing for us. */
function remembered(id) {
  try {
    if (id) sessionStorage.setItem(LAST, id);
    return sessionStorage.getItem(LAST);
  } catch {
    return null;
  }
}

/** The page arrives in pieces: begin once the tab is there. */
function begin() {
  const root = document.querySelector("#izwi");
  if (!root?.querySelector("#dub")) return requestAnimationFrame(begin);
  window.izwiDub = new Dub(root);
}

begin();
