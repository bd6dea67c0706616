// Giving a conversation, and taking it back: nothing is given unless the box is ticked.

import { status } from "./connection.js";
import { whenThere } from "./there.js";
import { WORDS } from "./words.js";

const KEY = "izwi.given"; // the tokens of what was given from this browser

class Giving {
  constructor(root) {
    this.root = root;
    this.on = root.querySelector("#giving-on");
    this.back = root.querySelector("#giving-back");
    this.said = root.querySelector("#giving-said");
    this.on.addEventListener("change", () => this.tell());
    this.back.addEventListener("click", () => this.takeBack());
    document.addEventListener("izwi", ({ detail }) => this.told(detail));
    this.show();
  }

  get words() {
    return WORDS[this.root.lang] ?? WORDS.en;
  }

  async show() {
    const standing = await status().catch(() => null);
    this.root.querySelector("#giving").hidden = !standing?.contributions && !given().length;
    this.on.disabled = !standing?.contributions;
    this.back.hidden = !given().length;
  }

  /** Every new connection is told again, for as long as the box stays ticked. */
  told({ type, on, token }) {
    if (["sent ping", "mended"].includes(type) && this.on.checked) this.tell();
    if (type !== "contribution" || !on) return;
    keep([...new Set([...given(), token])]);
    this.say("");
    this.show();
  }

  tell() {
    window.izwi.page.send({ type: "contribute", on: this.on.checked });
  }

  async takeBack() {
    this.on.checked = false;
    this.tell();
    const left = [];
    for (const token of given()) {
      const answer = await fetch(`v1/contributions/${token}`, { method: "DELETE" }).catch(() => null);
      if (![204, 404].includes(answer?.status)) left.push(token);
    }
    keep(left);
    this.say(left.length ? "giving_stays" : "giving_gone");
    this.show();
  }

  say(word) {
    this.said.hidden = !word;
    this.said.textContent = word && this.words[word];
  }
}

function given() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "[]");
  } catch {
    return []; // storage is forbidden here, or was changed by hand
  }
}

function keep(tokens) {
  try {
    localStorage.setItem(KEY, JSON.stringify(tokens));
  } catch {
    // as above: then what was given can only be taken back while this page is open
  }
}

whenThere("#izwi", (root) => new Giving(root));
