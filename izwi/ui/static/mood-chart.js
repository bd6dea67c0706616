// How long each answer took to begin, with the feeling heard and the feeling answered with above it.

const SVG = "http://www.w3.org/2000/svg";
const [LEFT, RIGHT, HEIGHT, FEELINGS, FLOOR] = [44, 8, 230, 44, 206]; // px; bars stand on FLOOR, under FEELINGS
const MOST = 200; // exchanges shown, the newest

/** Draw `exchanges` into `svg`, as wide as it is; `say(exchange)` names one, `seconds(s)` writes a time. */
export function draw(svg, exchanges, say, seconds) {
  const shown = exchanges.slice(-MOST);
  const width = Math.max(240, svg.clientWidth || 240);
  svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  svg.setAttribute("height", HEIGHT);
  svg.replaceChildren();
  const top = ceiling(Math.max(0, ...shown.map((e) => e.seconds ?? 0)));
  const up = (s) => FLOOR - (s / top) * (FLOOR - FEELINGS - 14);
  for (const at of [0, top / 2, top]) {
    add(svg, "line", { x1: LEFT, x2: width - RIGHT, y1: up(at), y2: up(at), class: "mood-tick" });
    add(svg, "text", { x: LEFT - 6, y: up(at) + 4, "text-anchor": "end", class: "mood-label" }).textContent = seconds(at);
  }
  const step = Math.min(48, (width - LEFT - RIGHT) / Math.max(1, shown.length));
  const size = Math.min(6, Math.max(1.5, step * 0.32));
  shown.forEach((exchange, i) => {
    const group = add(svg, "g", {});
    const x = LEFT + (i + 0.5) * step;
    add(group, "title", {}).textContent = say(exchange);
    add(group, "rect", { x: x - step / 2, y: 0, width: step, height: HEIGHT, class: "mood-touch" });
    if (exchange.heard) add(group, "circle", { cx: x, cy: 12, r: size, class: "mood-heard", "data-feeling": exchange.heard });
    if (exchange.answered) {
      const [y, half] = [32, size * 0.9];
      add(group, "rect", { x: x - half, y: y - half, width: 2 * half, height: 2 * half, class: "mood-answered", "data-feeling": exchange.answered });
    }
    if (exchange.seconds == null) return;
    const wide = Math.max(1, step * 0.56);
    add(group, "rect", { x: x - wide / 2, y: up(exchange.seconds), width: wide, height: FLOOR - up(exchange.seconds), rx: Math.min(3, wide / 4), class: "mood-bar" });
  });
}

/** The next round number of seconds: 1, 2, 4 … */
function ceiling(seconds) {
  let top = 1;
  while (top < seconds) top *= 2;
  return top;
}

function add(parent, name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
}
