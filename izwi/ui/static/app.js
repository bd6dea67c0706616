// The page's conversation: what the user does, what the server says, and what is shown and heard of both.

import { Captions } from "./captions.js";
import { status } from "./connection.js";
import { Line } from "./line.js";
import { Sound, microphone } from "./sound.js";
import { whenThere } from "./there.js";
import { View } from "./view.js";

const LOOK = 1000; // ms between looks at how the server stands while its models warm up
const ACK = 250; // ms between two notes of how much of the reply was heard
const RINGING = 0.15; // s of silence after which a reply that has left the server has ended here
const [SHORTEST_TAIL, TAIL] = [300, 1500]; // ms that the last sounds of a reply may need to get here

class Page {
  constructor(root) {
    this.view = new View(root);
    this.captions = new Captions(this.view.el, () => this.view.words);
    this.sound = new Sound({ onset: () => this.send({ type: "onset" }), levels: (levels) => this.heard(levels) });
    this.connection = null;
    this.server = "idle"; // the conversation's state, as the server last said
    this.local = "off"; // how our side stands: off, connecting, on, dropped, nomic
    this.ready = false;
    this.muted = false;
    this.audible = false;
    this.playback = null;
    this.wire();
    this.choose(stored("language") ?? "auto");
    this.look();
  }

  wire() {
    const { el } = this.view;
    el.talk.addEventListener("click", () => this.press());
    el.again.addEventListener("click", () => this.join({ speaking: !this.typing }));
    el.stop.addEventListener("click", () => this.halt());
    el.mute.addEventListener("click", () => this.mute(!this.muted));
    el.languages.addEventListener("change", ({ target }) => this.choose(target.value));
    el.voice.addEventListener("change", () => this.chooseVoice(el.voice.value));
    el.write.addEventListener("submit", (event) => (event.preventDefault(), this.write()));
    el.text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.write();
    });
    document.addEventListener("keydown", ({ key }) => key === "Escape" && this.halt());
    window.addEventListener("pagehide", () => this.connection?.suspend());
  }

  // How things stand

  /** The pill: our own side's troubles first, else what the server says, but "speaking" until the last sound. */
  get mode() {
    if (this.local !== "on") return this.local;
    if (!this.ready && this.server === "idle") return this.broken ? "broken" : "waking";
    if (this.server === "idle" && this.audible && performance.now() - this.restedAt < TAIL) return "speaking";
    if (this.server !== "idle") return this.server;
    if (!this.stream) return "written";
    return this.muted ? "muted" : "idle";
  }

  get joining() {
    return ["connecting", "queued"].includes(this.local);
  }

  show() {
    this.view.show(this.mode, { speaking: Boolean(this.stream) || this.joining, muted: this.muted });
    this.view.el.mute.disabled = !(this.local === "on" && this.stream);
  }

  async look() {
    clearTimeout(this.looking);
    try {
      const standing = await status();
      this.ready = standing.ready;
      this.offer(standing.voices);
      this.view.standing(standing);
      this.broken = Boolean(standing.failed);
      if (this.broken) this.view.trouble("models", standing.failed);
    } catch {
      if (this.local !== "on" && !this.view.problem) this.view.trouble("refused");
    }
    this.show();
    if (!this.ready && !this.broken) this.looking = setTimeout(() => this.look(), LOOK);
  }

  // What the user does

  /** The large button: talk, or end it. Who has only written so far is joined by their microphone. */
  press() {
    if (!this.connection) return this.join({ speaking: true });
    if (this.stream || this.joining) return this.leave();
    return this.speakToo();
  }

  /** Connect: with the microphone to talk, without it to write. */
  async join({ speaking, text = "" }) {
    if (this.connection) return;
    this.typing = !speaking;
    this.view.calm();
    this.become("connecting");
    const started = this.sound.start();
    const connection = (this.connection = new Line({
      message: (event) => this.told(event),
      voice: (stream) => this.sound.play(stream),
      ended: (reason) => this.gone(reason),
      broken: (yes, resumed) => this.mend(yes, resumed),
      sound: this.sound,
      queued: (place) => connection === this.connection && (this.view.queued(place), this.become("queued")),
    }));
    try {
      const stream = speaking ? await microphone() : null;
      await started;
      if (connection.over) return release(stream);
      if (stream) this.take(stream);
      this.captions.begin();
      await connection.connect(this.stream?.getAudioTracks()[0]);
    } catch (trouble) {
      if (!trouble.reason) console.warn(trouble);
      return this.gone(trouble.reason ?? "refused", connection);
    }
    this.server = "idle";
    this.become("on");
    this.introduce(text);
    this.look();
  }

  /** The line has dropped and comes back by itself; if the server has forgotten us, its turns count anew. */
  mend(broken, resumed) {
    this.server = "idle";
    this.captions.clearPartial();
    this.acknowledge(true);
    this.become(broken ? "connecting" : "on");
    if (broken) return;
    note({ type: "mended" });
    if (resumed) return;
    this.captions.begin();
    this.introduce();
  }

  async speakToo() {
    try {
      this.take(await microphone());
      await this.connection?.microphone(this.stream.getAudioTracks()[0]);
      this.view.calm();
    } catch (trouble) {
      this.drop();
      this.view.trouble(trouble.reason ?? "taken");
    }
    this.show();
  }

  /** What the server must know before it greets, or leaves the greeting out because something was asked already. */
  introduce(text = "") {
    this.send({ type: "language", language: this.language });
    if (stored("voice")) this.send({ type: "voice", voice: stored("voice") });
    if (this.muted) this.send({ type: "mute", on: true });
    if (text) this.send({ type: "text", text });
    this.send({ type: "ping" });
  }

  take(stream) {
    this.stream = stream;
    this.sound.hear(stream);
    const [track] = stream.getAudioTracks();
    track.enabled = !this.muted;
    track.onended = () => {
      this.drop();
      this.connection?.microphone(null);
      this.view.trouble("unplugged");
      this.show();
    };
  }

  /** Let go of the microphone. */
  drop() {
    release(this.stream);
    this.stream = null;
    this.sound.hear(null);
  }

  leave() {
    this.finish();
    this.view.calm();
    this.become("off");
    this.view.el.talk.focus();
  }

  finish() {
    this.connection?.close();
    this.connection = null;
    this.captions.clearPartial();
    this.drop();
    this.sound.stop();
    this.acknowledge(true);
    this.audible = false;
    this.server = "idle";
    this.view.strained("nothing");
  }

  gone(reason, connection = this.connection) {
    if (connection !== this.connection) return; // an attempt that was given up
    const microphoneless = ["denied", "absent", "taken", "insecure"].includes(reason);
    const ending = this.farewell ?? reason;
    this.farewell = null;
    this.finish();
    this.become(microphoneless ? "nomic" : reason === "dropped" ? "dropped" : "off");
    this.view.trouble(ending, "", !microphoneless && reason !== "old");
  }

  become(local) {
    this.local = local;
    this.show();
  }

  halt() {
    if (!["thinking", "speaking"].includes(this.mode)) return;
    this.sound.hush();
    this.send({ type: "stop" });
  }

  mute(on) {
    this.muted = on;
    this.stream?.getAudioTracks().forEach((track) => (track.enabled = !on));
    this.send({ type: "mute", on });
    this.show();
  }

  choose(language) {
    this.language = language;
    store("language", language);
    this.view.el.languages.querySelector(`[value=${language}]`).checked = true;
    this.view.speak(language);
    this.captions.redraw();
    this.send({ type: "language", language });
    this.show();
  }

  offer(voices) {
    const offered = JSON.stringify(voices);
    if (offered === this.offered) return;
    this.offered = offered;
    this.view.voices(voices, stored("voice") ?? "auto");
  }

  chooseVoice(voice) {
    store("voice", voice);
    this.send({ type: "voice", voice });
  }

  async write() {
    const text = this.view.el.text.value;
    if (!text.trim()) return this.view.trouble("empty");
    this.view.calm();
    if (!this.connection) await this.join({ speaking: false, text });
    else if (this.connection.open) this.send({ type: "text", text });
    if (this.connection?.open) this.view.el.text.value = "";
  }

  // What the server says

  told(event) {
    note(event);
    const answers = {
      welcome: () => this.captions.recall(event.history),
      state: () => this.stated(event),
      partial: () => this.captions.partial(event.text, event.language),
      transcript: () => this.captions.transcript(event),
      reply: () => this.captions.reply(event),
      source: () => this.captions.source(event),
      emotion: () => this.captions.emotion(event),
      audio_start: () => this.starts(event.turn),
      audio_end: () => this.ends(event),
      duck: () => this.sound.duck(event.db),
      notice: () => this.noticed(event),
      error: () => this.failed(event),
    };
    answers[event.type]?.();
  }

  stated({ state }) {
    this.server = state;
    this.ready = true;
    if (state === "idle") {
      this.captions.clearPartial();
      this.restedAt = performance.now();
    }
    if (state === "interrupted") this.sound.hush();
    if (state === "thinking" || state === "listening") this.view.calm();
    this.show();
  }

  noticed({ code }) {
    if (code.startsWith("load_")) this.view.strained(code.slice("load_".length));
    else if (code === "closing") this.view.trouble(code);
    else this.look();
  }

  failed({ code, text }) {
    if (code === "models") return this.look();
    if (code === "time_limit") this.farewell = code;
    if (code === "talk_quota") this.farewell = "limit";
    this.view.trouble(code, text);
  }

  // What was heard of the reply

  starts(turn) {
    this.playback = { turn, seconds: 0, ended: false, sent: 0, left: Infinity };
    this.sound.begin();
    this.audible = true;
  }

  ends({ turn, interrupted }) {
    if (this.playback?.turn === turn) this.playback.left = performance.now();
    if (!interrupted) return;
    this.sound.hush();
    this.captions.cut(turn);
    this.acknowledge(true);
  }

  heard({ mic, reply, heard, quiet }) {
    this.view.levels(this.muted ? 0 : mic, reply);
    window.izwi.levels = { mic, reply };
    if (this.playback && !this.playback.ended) {
      this.playback.seconds = heard;
      const tail = performance.now() - this.playback.left;
      this.acknowledge(tail > TAIL || (tail > SHORTEST_TAIL && quiet > RINGING));
    }
    const audible = quiet < RINGING || Boolean(this.playback && !this.playback.ended);
    if (audible !== this.audible) {
      this.audible = audible;
      this.show();
    }
  }

  acknowledge(ended) {
    const { playback } = this;
    if (!playback || playback.ended) return;
    const now = performance.now();
    if (!ended && now - playback.sent < ACK) return;
    Object.assign(playback, { sent: now, ended });
    this.send({ type: "playback", turn: playback.turn, seconds: Number(playback.seconds.toFixed(3)), ended });
  }

  send(command) {
    note({ ...command, type: `sent ${command.type}` });
    this.connection?.send(command);
  }
}

function release(stream) {
  stream?.getTracks().forEach((track) => {
    track.onended = null;
    track.stop();
  });
}

function stored(key) {
  try {
    return localStorage.getItem(`izwi.${key}`);
  } catch {
    return null; // storage is forbidden here; nothing depends on it
  }
}

function store(key, value) {
  try {
    localStorage.setItem(`izwi.${key}`, value);
  } catch {
    // as above
  }
}

function note(event) {
  window.izwi.log.push({ at: performance.now(), ...event });
  if (window.izwi.log.length > 500) window.izwi.log.shift();
  document.dispatchEvent(new CustomEvent("izwi", { detail: event }));
}

/** For tests and the curious: all that the page knows. */
window.izwi = { log: [], levels: { mic: 0, reply: 0 } };
whenThere("#izwi", (root) => {
  const page = new Page(root);
  Object.defineProperties(window.izwi, {
    page: { get: () => page },
    state: { get: () => page.mode },
    captions: { get: () => page.captions.entries.map(({ element, ...entry }) => entry) },
    playback: { get: () => page.playback },
    line: { get: () => page.connection?.kind ?? null },
    trouble: { get: () => page.view.problem?.[0] ?? null },
    sound: { get: () => page.sound },
  });
});
