// The page's elements, and how each state of the conversation looks.

import { told } from "./standing-notes.js";
import { WORDS, pageLanguage, waiting } from "./words.js";

export class View {
  constructor(root) {
    this.root = root;
    this.el = Object.fromEntries([...root.querySelectorAll("[id]")].map((element) => [element.id, element]));
    this.mode = "off";
    this.speaking = this.muted = false;
    this.problem = null;
    this.place = { position: 1, seconds: 0 }; // in the queue
    this.left = "nothing"; // what Izwi does without, because many are talking
    this.stands = null; // how the models stand
  }

  get words() {
    return WORDS[this.language];
  }

  /** Show the page in the language of this choice ("sn", "en" or "auto"). */
  speak(choice) {
    this.language = pageLanguage(choice);
    this.root.lang = document.documentElement.lang = this.language;
    for (const element of this.root.querySelectorAll("[data-words]"))
      element.textContent = this.words[element.dataset.words];
    this.el.text.placeholder = this.words.example;
    this.show(this.mode, this);
    this.strained(this.left);
    if (this.stands) this.standing(this.stands);
    if (this.problem) this.trouble(...this.problem);
  }

  /** The state pill, the button and everything that depends on them. */
  show(mode, { speaking, muted }) {
    Object.assign(this, { mode, speaking, muted });
    const { el, words } = this;
    const text = mode === "queued" ? waiting(words.queue, this.place) : words.state[mode];
    if (el["state-text"].textContent !== text) el["state-text"].textContent = text;
    this.root.dataset.mode = mode;
    this.root.dataset.speaking = speaking;
    this.name(el["talk-label"], speaking ? "end" : "talk");
    this.name(el["mute-label"], muted ? "unmute" : "mute");
    el.mute.setAttribute("aria-pressed", muted);
    el.stop.disabled = !["thinking", "speaking"].includes(mode);
  }

  queued(place) {
    this.place = place;
  }

  /** What Izwi does without just now; "nothing" when all is well. */
  strained(left) {
    this.left = left;
    this.el.strain.textContent = this.words.strain[left] ?? "";
    this.el.strain.hidden = !this.el.strain.textContent;
  }

  name(label, word) {
    label.dataset.words = word;
    label.textContent = this.words[word];
  }

  /** A failure in a plain sentence: ours for a reason we know, else the server's own. */
  trouble(reason, sentence = "", again = false) {
    this.problem = [reason, sentence, again];
    const ours = this.words.trouble[reason];
    const whole = reason === "models" && sentence ? `${ours} ${sentence}` : (ours ?? sentence);
    this.el["trouble-text"].textContent = whole;
    this.el.trouble.hidden = false;
    this.el.again.hidden = !again;
  }

  calm() {
    this.problem = null;
    this.el.trouble.hidden = true;
    this.el["trouble-text"].textContent = "";
  }

  /** How loud the user and Izwi are: RMS in [0, 1] to a gentle 0 to 1. */
  levels(mic, reply) {
    const gentle = (rms) => Math.min(1, Math.max(0, (20 * Math.log10(rms + 1e-6) + 55) / 45));
    this.root.style.setProperty("--mic", gentle(mic).toFixed(3));
    this.root.style.setProperty("--reply", gentle(reply).toFixed(3));
  }

  /** Which models are in use, and what is still on its way. */
  standing(stands) {
    this.stands = stands;
    const { warming, ready, voices } = stands;
    const notices = stands.notices.map((text) => told(text, this.language));
    const coming = ready ? [] : warming.filter((item) => item.condition !== "ready");
    this.el.warming.replaceChildren(...coming.map(progress));
    const off = voices.filter((voice) => !voice.affordable).map(({ name, note }) => `${name}: ${note}`);
    this.el.notices.replaceChildren(...[...notices, ...off].map(item));
    this.el.standing.hidden = !coming.length && !notices.length && !off.length;
  }

  /** Voices to choose from; one that this machine cannot afford says so and cannot be chosen. */
  voices(voices, chosen) {
    this.el["voice-field"].hidden = voices.length < 2;
    const automatic = new Option(this.words.automatic_voice, "auto", false, chosen === "auto");
    automatic.dataset.words = "automatic_voice";
    this.el.voice.replaceChildren(automatic, ...voices.map((voice) => choice(voice, chosen)));
  }
}

function choice({ id, name, note, affordable }, chosen) {
  const option = new Option(note ? `${name} · ${note}` : name, id, false, affordable && id === chosen);
  option.disabled = !affordable;
  return option;
}

function item(text) {
  return Object.assign(document.createElement("li"), { textContent: text });
}

function progress({ text, fraction, condition }) {
  const line = item(text);
  if (condition === "failed") line.className = "failed";
  else line.append(Object.assign(document.createElement("progress"), fraction > 0 ? { value: fraction } : {}));
  return line;
}
