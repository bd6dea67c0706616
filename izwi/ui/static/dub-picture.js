// The picture of a dub: both tracks over time, the lines coloured by feeling.

const [WIDTH, HEIGHT, MIDDLES] = [800, 180, [45, 135]];
const SVG = "http://www.w3.org/2000/svg";

/** Draw both tracks' peaks and the lines of the timeline into `svg`; a line that is pressed calls `chosen`. */
export function draw(svg, timeline, peaks, chosen) {
  svg.replaceChildren();
  const across = WIDTH / timeline.seconds;
  for (const segment of timeline.segments) {
    const feeling = segment.kept ? "kept" : segment.emotion;
    const ends = [segment.end, Math.max(segment.spoken_end, segment.kept ? segment.end : 0)];
    MIDDLES.forEach((middle, track) => {
      const width = Math.max(2, (ends[track] - segment.start) * across);
      const box = add(svg, "rect", { x: segment.start * across, y: middle - 40, width, height: 80, class: "dub-line", "data-feeling": feeling });
      box.addEventListener("click", () => chosen(segment));
    });
  }
  [peaks.original, peaks.dub].forEach((track, at) => add(svg, "path", { d: outline(track, MIDDLES[at]), class: "dub-wave" }));
  return add(svg, "line", { x1: 0, x2: 0, y1: 0, y2: HEIGHT, class: "dub-now" });
}

/** Where the listener is, on the line `draw` gave. */
export function mark(line, share) {
  line.setAttribute("x1", share * WIDTH);
  line.setAttribute("x2", share * WIDTH);
}

function outline(track, middle) {
  const loudest = Math.max(0.05, ...track);
  const step = WIDTH / track.length;
  const points = track.map((peak, at) => [(at + 0.5) * step, (38 * peak) / loudest]);
  const above = points.map(([x, y]) => `${x.toFixed(1)} ${(middle - y).toFixed(1)}`);
  const below = points.reverse().map(([x, y]) => `${x.toFixed(1)} ${(middle + y).toFixed(1)}`);
  return `M${[...above, ...below].join("L")}Z`;
}

function add(parent, name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return parent.appendChild(element);
}
