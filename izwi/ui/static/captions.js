// What both sides said, one entry a turn and side; what is being said right now stands below, greyed.

export class Captions {
  constructor({ captions, partial, empty, scroll }, words) {
    Object.assign(this, { list: captions, live: partial, empty, scroll, words });
    this.entries = []; // {turn, who, text, language, unsure, cut}
    this.session = 0; // turns count from the start again in each connection
  }

  /** A connection begins: its turn numbers are new ones. */
  begin() {
    this.session += 1;
    this.clearPartial();
  }

  /** What was said before the page was loaded anew. */
  recall(history) {
    if (this.entries.length) return;
    for (const [at, { role, text }] of history.entries()) {
      const entry = this.entry(`before ${at}`, role === "user" ? "you" : "izwi", "");
      entry.text = text;
      this.draw(entry);
    }
  }

  partial(text, language) {
    this.live.hidden = !text;
    this.live.textContent = text;
    this.live.lang = language;
    if (text) this.changed();
  }

  clearPartial() {
    this.partial("", "");
  }

  transcript({ turn, text, language, unsure }) {
    this.clearPartial();
    const entry = this.entry(turn, "you", language);
    Object.assign(entry, { text, unsure });
    this.draw(entry);
  }

  reply({ turn, text, language }) {
    if (!text) return;
    const entry = this.entry(turn, "izwi", language);
    entry.text = entry.text ? `${entry.text} ${text}` : text;
    entry.phrases.push(text);
    this.draw(entry);
  }

  cut(turn) {
    const entry = this.entries.findLast((e) => e.session === this.session && e.turn === turn && e.who === "izwi");
    if (!entry) return;
    entry.cut = true;
    this.draw(entry);
  }

  /** The document an answer was taken from; pointing at its name shows the passage. */
  source({ turn, name, passage }) {
    const entry = this.entry(turn, "izwi", "");
    entry.source = { name, passage };
    this.draw(entry);
  }

  emotion({ turn, heard }) {
    const entry = this.entries.findLast((e) => e.session === this.session && e.turn === turn && e.who === "you");
    if (!entry) return;
    entry.emotion = heard;
    this.draw(entry);
  }

  entry(turn, who, language) {
    const found = this.entries.findLast((e) => e.session === this.session && e.turn === turn && e.who === who);
    if (found) return found;
    const entry = { session: this.session, turn, who, language, text: "", phrases: [], element: document.createElement("li") };
    entry.element.className = who === "you" ? "you" : "reply";
    this.entries.push(entry);
    this.list.append(entry.element);
    this.empty.hidden = true;
    return entry;
  }

  draw(entry) {
    const words = this.words();
    const { who, language, unsure, cut, emotion, source, element } = entry;
    const text = Object.assign(part("p", entry.text), { lang: language, dir: "auto" });
    const notes = [words[language], words.emotions[emotion], unsure && words.unsure, cut && words.cut].filter(Boolean);
    element.classList.toggle("unsure", Boolean(unsure));
    element.classList.toggle("cut", Boolean(cut));
    const head = part("p", who === "you" ? words.you : "Izwi");
    head.className = "who";
    head.append(...notes.map((note) => part("span", note)));
    if (source) {
      const named = part("span", words.source.replace("{name}", source.name));
      head.append(Object.assign(named, { className: "source", title: source.passage }));
    }
    element.replaceChildren(head, text);
    this.changed();
  }

  /** All again, in the page's new language. */
  redraw() {
    this.entries.forEach((entry) => this.draw(entry));
  }

  changed() {
    const { scroll } = this;
    const near = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 160;
    if (near) scroll.scrollTop = scroll.scrollHeight;
  }
}

function part(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}
