// Symbols drawn on small canvases: houses with their letter, clusters as rings with their figure, inspections as squares.
// Pictures instead of text, because MapLibre would need glyph files for letters, and Chinese ones at that.

import { classes } from "gh/map/words.js";

const FONT = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
const SIGNED = ["assessment", "appraisal"];
const RADIUS = { D: 11, C: 10, suspected: 10, B: 8, A: 8, none: 8, overdue: 10 };
const ON_DARK = ["A", "D", "none", "moved_in", "accepted", "started", "unplanned", "open", "done", "prepared"];
// One character each: never told apart by colour alone.
const MARKS = {
  A: "A", B: "B", C: "C", D: "D", suspected: "疑", none: "未",
  not_needed: "－", unplanned: "未", listed: "列", started: "建", completed: "竣", accepted: "验", moved_in: "住",
  prepared: "备", open: "待", in_progress: "中", done: "✓", withdrawn: "×",
};

export function colourOf(by, code) {
  return classes(by).find((item) => item.code === code)?.colour ?? "#8A8A8A";
}

export function orderOf(by, code) {
  return classes(by).findIndex((item) => item.code === code);
}

/** Whether a house's grade is recorded but not signed: it gets the dashed ring. */
export function isUnsigned(house) {
  return Boolean(house.grade) && house.risk === house.grade && !SIGNED.includes(house.grade_basis);
}

export function radiusOf(by, code) {
  return by === "risk" ? (RADIUS[code] ?? 8) : 9;
}

function blank(size, ratio) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.ceil(size * ratio);
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  return { canvas, pen, middle: size / 2 };
}

function write(pen, text, middle, size, colour) {
  pen.fillStyle = colour;
  pen.font = `700 ${size}px ${FONT}`;
  pen.textAlign = "center";
  pen.textBaseline = "alphabetic";
  // Centred by the ink, not by the font's box: fonts differ in it.
  const ink = pen.measureText(text);
  pen.fillText(text, middle, middle + (ink.actualBoundingBoxAscent - ink.actualBoundingBoxDescent) / 2);
}

/** A house: coloured disc with its letter, dashed ring when the grade is not signed. */
export function houseSprite(by, code, unsigned, ratio) {
  const radius = radiusOf(by, code);
  const { canvas, pen, middle } = blank(radius * 2 + 8, ratio);
  disc(pen, middle, radius, colourOf(by, code), "#fff", 1.5);
  if (unsigned) {
    pen.setLineDash([3, 2.2]);
    circle(pen, middle, radius + 2.2);
    pen.lineWidth = 1.6;
    pen.strokeStyle = "#1b2733";
    pen.stroke();
  }
  write(pen, MARKS[code] ?? "", middle, radius * 1.15, ON_DARK.includes(code) ? "#fff" : "#111");
  return canvas;
}

/** A house from farther away: a dot, D largest. */
export function dotSprite(by, code, radius, ratio) {
  const { canvas, pen, middle } = blank(radius * 2 + 3, ratio);
  disc(pen, middle, radius, colourOf(by, code), "rgba(255,255,255,.85)", 1);
  return canvas;
}

/** An inspection: square by state, red frame when overdue. */
export function inspectionSprite(state, overdue, ratio) {
  const { canvas, pen, middle } = blank(26, ratio);
  const half = 9;
  pen.fillStyle = colourOf("state", state);
  pen.strokeStyle = overdue ? "#b42318" : "#fff";
  pen.lineWidth = overdue ? 3 : 1.5;
  pen.beginPath();
  pen.rect(middle - half, middle - half, half * 2, half * 2);
  pen.fill();
  pen.stroke();
  write(pen, MARKS[state] ?? "", middle, 11, ON_DARK.includes(state) ? "#fff" : "#111");
  return canvas;
}

export function clusterRadius(houses) {
  return Math.min(26, 12 + Math.log10(Math.max(1, houses)) * 4);
}

/** Houses together: a ring whose arcs are the classes, the figure inside. `counts` is {code: houses}. */
export function clusterSprite(by, houses, counts, ratio) {
  const radius = clusterRadius(houses);
  const { canvas, pen, middle } = blank(radius * 2 + 4, ratio);
  disc(pen, middle, radius, "#fff", "rgba(27,39,51,.35)", 1);
  const ring = Math.max(4, radius * 0.24);
  let from = -Math.PI / 2;
  // The worst first, clockwise from the top, so that rings can be compared.
  for (const { code, colour } of [...classes(by)].reverse()) {
    const share = (counts[code] ?? 0) / Math.max(1, houses);
    if (!share) continue;
    pen.beginPath();
    pen.arc(middle, middle, radius - ring / 2, from, from + share * 2 * Math.PI);
    pen.lineWidth = ring;
    pen.strokeStyle = colour;
    pen.stroke();
    from += share * 2 * Math.PI;
  }
  write(pen, short(houses), middle, Math.max(9.5, radius * 0.56), "#1b2733");
  return canvas;
}

/** A figure that fits into a ring: 950, 3127, 1.3万. */
function short(value) {
  return value < 10000 ? String(value) : `${(value / 10000).toFixed(value < 100000 ? 1 : 0)}万`;
}

function circle(pen, middle, radius) {
  pen.beginPath();
  pen.arc(middle, middle, radius, 0, 2 * Math.PI);
}

function disc(pen, middle, radius, colour, edge, width) {
  circle(pen, middle, radius);
  pen.fillStyle = colour;
  pen.fill();
  pen.lineWidth = width;
  pen.strokeStyle = edge;
  pen.stroke();
}
