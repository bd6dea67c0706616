// An emotion log (izwi/emotion/log.py) that was chosen here. It is read in the browser and sent nowhere.

export const COLUMNS = ["timestamp", "text", "in_emotion", "out_emotion", "latency_ms"];
export const LARGEST = 8_000_000; // bytes

/** Why a file is no emotion log: `reason` is one of the page's words, `line` where it was noticed. */
export class NotALog extends Error {
  constructor(reason, line = 0) {
    super(reason);
    Object.assign(this, { reason, line });
  }
}

/** The exchanges of a log: {at, text, heard, answered, seconds}, oldest first. Throws NotALog. */
export async function read(file) {
  if (file.size > LARGEST) throw new NotALog("large");
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
  } catch {
    throw new NotALog("text");
  }
  const [head, ...rows] = cells(text);
  if (head?.cells.join() !== COLUMNS.join()) throw new NotALog("columns", 1);
  return rows.map(exchange);
}

function exchange({ cells: row, line }) {
  const [timestamp, text, heard, answered, latency] = row;
  const at = new Date(timestamp);
  const seconds = Number(latency) / 1000;
  const sound = row.length === COLUMNS.length && !Number.isNaN(at.getTime()) && latency.trim() && seconds >= 0 && Number.isFinite(seconds);
  if (!sound) throw new NotALog("row", line);
  return { at, text: text.replace(/^'(?=.)/, ""), heard, answered, seconds };
}

/** The rows of a CSV text (RFC 4180), blank lines left out; cells may be quoted and hold anything. */
function cells(text) {
  const rows = [];
  let [row, cell, quoted, line, start] = [[], "", false, 1, 1];
  const end = () => {
    row.push(cell);
    if (row.length > 1 || cell) rows.push({ cells: row, line: start });
    [row, cell, start] = [[], "", line + 1];
  };
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i];
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') cell += text[(i += 1)];
      else quoted = false;
    } else if (c === '"' && !cell) quoted = true;
    else if (c === ",") cell = (row.push(cell), "");
    else if (c === "\n") end();
    else if (c !== "\r") cell += c;
    if (c === "\n") line += 1;
  }
  if (quoted) throw new NotALog("row", start);
  if (cell || row.length) end();
  return rows;
}
