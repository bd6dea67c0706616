// The lines of a dub: what is said, what the dub says, whose voice; and what of it was changed.

import { said } from "./dub-notes.js";
import { clock } from "./dub-player.js";

const LONGEST = 500;

export class Lines {
  constructor(body, words, changed, chosen) {
    Object.assign(this, { body, words, changed, chosen });
    this.segments = [];
    this.edits = new Map(); // number → what the user wants otherwise, of all runs so far
    body.addEventListener("input", () => this.read());
  }

  show(segments) {
    this.segments = segments;
    this.body.replaceChildren(...segments.map((segment) => this.row(segment)));
    this.changed(false);
  }

  row(segment) {
    const words = this.words();
    const row = document.createElement("tr");
    row.dataset.number = segment.number;
    const time = document.createElement("button");
    Object.assign(time, { type: "button", className: "dub-time", textContent: clock(segment.start) });
    time.dataset.feeling = segment.kept ? "kept" : segment.emotion;
    time.title = words.emotions[time.dataset.feeling];
    time.addEventListener("click", () => this.chosen(segment));
    const keep = Object.assign(document.createElement("input"), { type: "checkbox", name: "keep", checked: segment.kept });
    const cells = [time, field("text", segment.text, segment.language), field("translation", segment.translation), keep];
    const heads = [words.time, words.said, words.translation, words.keep];
    cells.forEach((cell, at) => {
      if (at) cell.setAttribute("aria-label", `${words.line} ${segment.number}: ${heads[at]}`);
      const place = row.insertCell();
      place.append(cell === keep ? labelled(keep, words.keep) : cell);
    });
    if (segment.note) row.cells[2].append(Object.assign(document.createElement("p"), { className: "dub-small", textContent: said(segment.note, this.body.closest("[lang]").lang) }));
    return row;
  }

  /** Compare the fields with what was dubbed. */
  read() {
    this.changed([...this.body.rows].some((row) => this.wanted(row)));
  }

  /** What a row wants otherwise than it is now; nothing when all is as it was. */
  wanted(row) {
    const segment = this.segments[Number(row.dataset.number) - 1];
    const get = (name) => row.querySelector(`[name=${name}]`);
    const edit = {};
    if (get("text").value.trim() !== segment.text) edit.text = get("text").value.trim();
    if (get("translation").value.trim() !== segment.translation) edit.translation = get("translation").value.trim();
    if (get("keep").checked !== segment.kept && (get("keep").checked || !edit.translation)) edit.keep = get("keep").checked;
    return Object.keys(edit).length ? edit : null;
  }

  /** All edits, those of earlier runs with today's on top, as the server takes them. */
  collect() {
    for (const row of this.body.rows) {
      const edit = this.wanted(row);
      const number = Number(row.dataset.number);
      if (!edit) continue;
      const before = { ...this.edits.get(number) };
      if (edit.text !== undefined) delete before.translation; // another text wants another translation
      if (edit.translation !== undefined || edit.text !== undefined) delete before.keep;
      this.edits.set(number, { ...before, ...edit, segment: number });
    }
    return { edits: [...this.edits.values()] };
  }

  /** What `collect` gave before the page was loaded again. */
  recall({ edits = [] }) {
    for (const edit of edits) this.edits.set(edit.segment, edit);
  }

  forget() {
    this.edits.clear();
  }
}

/** A box with its words, pressed as one; on a wide screen the column's head says them. */
function labelled(box, words) {
  const label = Object.assign(document.createElement("label"), { className: "dub-keep" });
  label.append(box, Object.assign(document.createElement("span"), { textContent: words }));
  return label;
}

function field(name, value, lang = "") {
  const text = document.createElement("textarea");
  return Object.assign(text, { name, value, rows: 1, maxLength: LONGEST, lang, dir: "auto", spellcheck: false });
}
