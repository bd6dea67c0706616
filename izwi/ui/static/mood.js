// The mood tab: what was heard and answered in this talk, as it happens, or in a log that is chosen here.

import { draw } from "./mood-chart.js";
import { NotALog, read } from "./mood-log.js";
import { MOOD_WORDS } from "./mood-words.js";

const LISTED = 200; // rows of the table, the newest

class Mood {
  constructor(root) {
    this.root = root;
    this.el = Object.fromEntries([...root.querySelectorAll("[id^=mood]")].map((element) => [element.id.slice(5) || "mood", element]));
    this.own = []; // {turn, at, heard, answered, seconds} of this page's talks
    this.log = null; // the exchanges of a chosen log
    this.el.file.addEventListener("change", () => this.choose(this.el.file.files[0]));
    this.el.back.addEventListener("click", () => this.show((this.log = null)));
    document.addEventListener("izwi", ({ detail }) => this.told(detail));
    new MutationObserver(() => this.speak()).observe(root, { attributes: true, attributeFilter: ["lang"] });
    new ResizeObserver(() => this.picture()).observe(this.el.mood);
    this.speak();
  }

  get words() {
    return MOOD_WORDS[this.root.lang] ?? MOOD_WORDS.en;
  }

  get exchanges() {
    return this.log ?? this.own;
  }

  /** What the server says: turns count from the start again in each connection, so only the newest may be added to. */
  told({ type, turn, heard, answer, marks }) {
    if (type === "transcript") this.own.push({ turn, at: new Date() });
    const latest = this.own.at(-1);
    if (latest?.turn !== turn) return;
    if (type === "emotion") Object.assign(latest, { heard, answered: answer });
    else if (type === "timings" && marks.heard > 0) latest.seconds = marks.heard;
    else if (type !== "transcript") return;
    if (!this.log) this.show();
  }

  async choose(file) {
    this.el.file.value = "";
    if (!file) return;
    try {
      const log = await read(file);
      this.show((this.log = log));
    } catch (trouble) {
      if (!(trouble instanceof NotALog)) throw trouble;
      this.show();
      this.trouble(trouble);
    }
  }

  trouble({ reason, line }) {
    this.el.trouble.textContent = this.words.trouble[reason](line);
    this.el.trouble.hidden = false;
  }

  /** Every sentence in the language of the page. */
  speak() {
    for (const element of this.root.querySelectorAll("[data-mood]")) element.textContent = this.words[element.dataset.mood];
    this.show();
  }

  show() {
    const { el, exchanges, words, log } = this;
    el.trouble.hidden = true;
    el.back.hidden = !log;
    el.figure.hidden = el.all.hidden = !exchanges.length;
    el.summary.textContent = exchanges.length ? this.summary() : log ? words.empty_log : words.empty;
    this.legend();
    this.table();
    this.picture();
  }

  summary() {
    const { exchanges, words } = this;
    const waits = exchanges.map((e) => e.seconds).filter((s) => s != null).sort((a, b) => a - b);
    const said = [words.exchanges(exchanges.length)];
    if (waits.length > 1) said.push(words.waits(words.seconds(waits[waits.length >> 1]), words.seconds(waits.at(-1))));
    if (exchanges.length > LISTED) said.push(words.newest(LISTED));
    return `${said.join("; ")}.`;
  }

  legend() {
    const shapes = ["heard", "answered"].map((kind) => item(`mood-key mood-key-${kind}`, this.words[kind]));
    const met = new Set(this.exchanges.flatMap((e) => [e.heard, e.answered]));
    const feelings = Object.entries(this.words.feelings).filter(([feeling]) => met.has(feeling) && feeling !== "none");
    this.el.legend.replaceChildren(...shapes, ...feelings.map(([feeling, name]) => item("mood-key", name, feeling)));
  }

  table() {
    const { exchanges, words, el } = this;
    const texts = exchanges.some((e) => e.text);
    el.head.replaceChildren(...["time", "heard", "answered", "waited", ...(texts ? ["text"] : [])].map((name) => cell("th", words[name])));
    const rows = exchanges.slice(-LISTED).reverse();
    el.rows.replaceChildren(...rows.map((e) => {
      const row = document.createElement("tr");
      const told = [this.at(e), this.named(e.heard), this.named(e.answered), e.seconds == null ? "" : words.seconds(e.seconds)];
      row.append(...[...told, ...(texts ? [e.text] : [])].map((text) => cell("td", text)));
      return row;
    }));
  }

  picture() {
    const say = (e) => [this.at(e), this.named(e.heard), this.named(e.answered), e.seconds == null ? "" : this.words.seconds(e.seconds)].filter(Boolean).join(" · ");
    if (this.exchanges.length) draw(this.el.chart, this.exchanges, say, this.words.seconds);
  }

  at({ at }) {
    const day = this.log ? { day: "numeric", month: "short" } : {};
    return at.toLocaleString("en-GB", { ...day, hour: "2-digit", minute: "2-digit" });
  }

  named(feeling) {
    return this.words.feelings[feeling] ?? feeling ?? "";
  }
}

function item(name, text, feeling = "") {
  const element = Object.assign(document.createElement("span"), { className: name, textContent: text });
  if (feeling) element.dataset.feeling = feeling;
  return element;
}

function cell(tag, text) {
  return Object.assign(document.createElement(tag), { textContent: text });
}

/** Gradio puts our markup into the page in its own time. */
function begin() {
  const root = document.querySelector("#izwi");
  if (!root?.querySelector("#mood")) return requestAnimationFrame(begin);
  const mood = new Mood(root);
  Object.defineProperty(window.izwi ?? (window.izwi = {}), "mood", { get: () => mood });
}
begin();
