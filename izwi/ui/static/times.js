// The waterfall of each answer: from the user's last sound to Izwi's first, stage by stage.

import { whenThere } from "./there.js";
import { WORDS } from "./words.js";

const KEPT = 8; // answers shown, the newest first
/** The stages, each from one mark to another; the same as in izwi/ops/metrics.py. */
const STAGES = {
  recognise: ["started", "understood"],
  reply: ["understood", "first word"],
  speak: ["first word", "first sound"],
  send: ["first sound", "heard"],
};

/** Where each stage lies: [name, begin, end] in seconds since the user's last sound. */
export function stages(marks) {
  const all = { "first word": marks.understood, ...marks }; // an answer that needed no model has no first word
  return Object.entries(STAGES)
    .map(([name, [begin, end]]) => [name, all[begin], all[end]])
    .filter(([, begin, end]) => begin !== undefined && end !== undefined && end >= begin);
}

class Times {
  constructor(root) {
    this.root = root;
    this.list = root.querySelector("#times-list");
    this.turns = []; // {turn, marks}, the newest first
    document.addEventListener("izwi", ({ detail }) => this.told(detail));
    new MutationObserver(() => this.draw()).observe(root, { attributes: true, attributeFilter: ["lang"] });
  }

  told({ type, turn, marks }) {
    if (type !== "timings" || marks.heard === undefined) return;
    this.turns = [{ turn, marks }, ...this.turns].slice(0, KEPT);
    this.root.querySelector("#times").hidden = false;
    this.draw();
  }

  draw() {
    const words = WORDS[this.root.lang] ?? WORDS.en;
    this.list.replaceChildren(...this.turns.map(({ turn, marks }) => row(turn, marks, words)));
  }
}

function row(turn, marks, words) {
  const parts = stages(marks);
  const first = Math.min(0, ...parts.map(([, begin]) => begin));
  const whole = Math.max(0.05, marks.heard - first);
  const line = document.createElement("li");
  const bar = Object.assign(document.createElement("div"), { className: "bar" });
  bar.append(
    ...parts.map(([name, begin, end]) => {
      const part = document.createElement("span");
      part.dataset.stage = name;
      part.title = `${words.stages[name]}: ${Math.round(1000 * (end - begin))} ms`;
      part.style.left = `${(100 * (begin - first)) / whole}%`;
      part.style.width = `${(100 * (end - begin)) / whole}%`;
      return part;
    }),
  );
  const said = parts.map(([name, begin, end]) => `${words.stages[name]} ${Math.round(1000 * (end - begin))} ms`);
  line.append(
    Object.assign(document.createElement("p"), { textContent: words.turn(turn, Math.max(0, marks.heard).toFixed(2)) }),
    bar,
    Object.assign(document.createElement("p"), { className: "soft", textContent: said.join(" · ") }),
  );
  return line;
}

whenThere("#izwi", (root) => new Times(root));
