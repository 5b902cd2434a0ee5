// 会议模式: walks through the townships on the wall. Figures come with the page and again every minute; nothing here names a person.

import { Lines } from "gh/map/lines.js";
import { CanvasPoints } from "gh/map/points_canvas.js";
import { Server } from "gh/map/source.js";
import { Parts } from "gh/map/status.js";
import { shortName } from "gh/map/villages.js";
import { element, moment, number, t, use } from "gh/map/words.js";

const L = window.L;
const REFRESH_MS = 60_000;
// What stands on the map of a township: the houses that the meeting is about.
const MARKED = "C,D,suspected";
const MOST_BARS = 20;
const NAME_GAP = 4;

window.ghDraw();
const { map, layers, config } = window.ghMap;
use(config);

const page = document.getElementById("meeting");
const shows = (name) => page.querySelector(`[data-shows=${name}]`);
const unit = () => parseFloat(getComputedStyle(page).getPropertyValue("--u")) || (window.innerWidth * 0.833) / 100;
const shapes = new Map();
for (const layer of [layers.townships, layers.villages]) layer?.eachLayer((shape) => shapes.set(shape.feature.properties.code, shape));
const labels = L.layerGroup().addTo(map);
const baseLayers = [];
map.eachLayer((layer) => layer instanceof L.TileLayer && baseLayers.push(layer));
const chart = window.echarts.init(document.getElementById("m-chart"), null, { renderer: "canvas" });
const parts = new Parts(failed);
const points = new CanvasPoints({ map, source: new Server({ csrfToken: "" }), pane: "gh-houses", fromZoom: 0, report: (error) => parts.report("points", error) });

// Rivers and roads, where any are loaded: places are known by them.
if (config.lines?.length) new Lines({ map, source: new Server({ csrfToken: "" }), pane: "gh-lines", report: (error) => parts.report("lines", error) }).show(config.lines);

let meeting = config.meeting;
let chosen = null;
let hasBase = true;

/** The divisions one walks through: townships of a county, villages of a township. */
function walk() {
  const top = meeting.levels[0];
  // Houses in none of them are told in the ranking and in the sum, but are no place to go to.
  return top ? top.divisions.filter(({ code }) => code.length === top.digits) : [];
}

/** What is below the chosen division, else what is below the whole. */
function ranked() {
  const below = meeting.levels.at(-1);
  if (!chosen || meeting.levels.length < 2) return meeting.levels[0] ?? { divisions: [], steps: [] };
  return { ...below, divisions: below.divisions.filter(({ code }) => code.startsWith(chosen) && code !== chosen) };
}

function select(code) {
  chosen = walk().some((division) => division.code === code) ? code : null;
  history.replaceState(null, "", chosen ? `?area=${chosen}` : location.pathname);
  draw();
  look();
}

function step(by) {
  // In the order of codes, which is the order of every list of the county.
  const codes = walk().map(({ code }) => code).sort();
  const place = chosen ? codes.indexOf(chosen) + by : by > 0 ? 0 : codes.length - 1;
  select(codes[place] ?? null);
}

function draw() {
  const division = walk().find(({ code }) => code === chosen);
  const figures = division?.figures ?? meeting.total;
  shows("place").textContent = division?.name ?? "";
  for (const place of page.querySelectorAll("[data-figure]")) place.textContent = number(figures[place.dataset.figure]);
  const more = {
    danger: [t("{n} 栋", { n: number(figures.dangerous_lived_in) }), figures.households_without_size ? t("另 {n} 户未填人数", { n: number(figures.households_without_size) }) : null],
    suspected: [percent(figures.suspected, figures.houses)],
    renovation: [percent(figures.renovated_this_year, figures.listed_this_year), figures.to_renovate ? t("历年 {renovated}/{all}", { renovated: number(figures.renovated), all: number(figures.to_renovate) }) : null],
    years: [figures.without_year ? t("另有 {n} 栋改造年度未填", { n: number(figures.without_year) }) : null],
    tasks: [figures.to_inspect ? percent(figures.inspected, figures.to_inspect) : t("现在没有下达的排查")],
    overdue: [figures.overdue ? percent(figures.overdue, figures.to_inspect) : null],
    houses: [figures.unsettled ? t("待核对、待定位 {n}", { n: number(figures.unsettled) }) : null],
  };
  for (const [name, parts] of Object.entries(more)) page.querySelector(`[data-more=${name}]`).textContent = parts.filter(Boolean).join(" · ");
  // One line more for the whole strip, or for none of the townships that one walks through.
  page.querySelector("[data-more=years]").hidden = !meeting.total.without_year;
  page.querySelector(".m-late").classList.toggle("has-late", figures.overdue > 0);
  shows("as-of").textContent = t("截至 {at}", { at: moment(meeting.as_of) });
  page.querySelector("[data-does=map]").href = chosen ? `/map?area=${chosen}` : "/map";
  shows("marks").hidden = !chosen;
  drawRanking(division);
  drawMap();
  points.show(chosen ? new URLSearchParams({ area: chosen, risk: MARKED }) : null);
}

function percent(part, whole) {
  return whole ? `${((100 * part) / whole).toFixed(1)}%` : null;
}

function drawRanking(division) {
  const { divisions } = ranked();
  const title = division && meeting.levels.length > 1 ? t("{place}各村 C、D级有人居住（栋）", { place: division.name }) : t("各地 C、D级有人居住（栋）");
  const bars = divisions.slice(0, MOST_BARS);
  shows("rank-title").textContent = bars.length < divisions.length ? `${title} · ${t("前 {n} 个", { n: bars.length })}` : title;
  shows("rank-caption").textContent = title;
  const rows = divisions.map(({ name, figures }) => element("tr", {}, element("th", {}, name), element("td", {}, number(figures.dangerous_lived_in))));
  shows("rank-rows").replaceChildren(...rows);
  const u = unit();
  const size = Math.min(1.45 * u, (document.getElementById("m-chart").clientHeight / Math.max(bars.length, 1)) * 0.62);
  chart.setOption(
    {
      animation: false,
      grid: { left: 4, right: 8.8 * size, top: 0.4 * u, bottom: 0.2 * u, containLabel: true },
      xAxis: { type: "value", show: false, max: ({ max }) => Math.max(max, 1) },
      yAxis: { type: "category", inverse: true, data: bars.map(({ name }) => shortName(name)), axisTick: { show: false }, axisLine: { show: false }, axisLabel: { fontSize: size, color: "#0f1a26", interval: 0, width: 8 * size, overflow: "break" }, triggerEvent: true },
      series: [
        {
          type: "bar",
          barWidth: "66%",
          cursor: "pointer",
          data: bars.map(({ code, fill, figures }) => ({ value: figures.dangerous_lived_in, itemStyle: { color: code === chosen ? "#173a66" : fill, borderColor: "#3d2a18", borderWidth: 1 } })),
          label: { show: true, position: "right", fontSize: size, fontWeight: 700, color: "#0f1a26", formatter: ({ dataIndex }) => barText(bars[dataIndex].figures) },
        },
      ],
    },
    true,
  );
  chart.resize();
}

function barText(figures) {
  return figures.dangerous_lived_in ? t("{n} 栋 {households} 户", { n: number(figures.dangerous_lived_in), households: number(figures.households) }) : "0";
}

function drawMap() {
  const { divisions } = ranked();
  const fills = new Map(divisions.map(({ code, fill }) => [code, fill]));
  for (const [code, shape] of shapes) {
    const fill = fills.get(code);
    const isBorder = code === chosen;
    const style = fill ? { fill: true, fillColor: fill, fillOpacity: hasBase && baseLayers.length ? 0.62 : 0.95, color: "#5c4a3a", weight: 1.2, opacity: 1, dashArray: null } : { fill: false, color: "#3d4a57", weight: isBorder ? 4 : 1, opacity: isBorder ? 1 : 0.35, dashArray: null };
    // Villages of the county's picture are not drawn: they would be a net over the townships' colours.
    shape.setStyle(fill || isBorder || code.length <= 9 ? style : { ...style, opacity: 0 });
    const path = shape.getElement?.();
    if (path) path.style.pointerEvents = fill ? "" : "none";
    if (isBorder) shape.bringToFront();
  }
  const { steps } = ranked();
  shows("steps").replaceChildren(...steps.map(({ fill, label }) => element("li", {}, element("span", { style: `background: ${fill}` }), label)));
}

function drawLabels() {
  labels.clearLayers();
  const u = unit();
  const taken = [];
  // The figure of the legend above it, as the desk and the large map write it; the bars count houses.
  for (const { code, name, rate } of ranked().divisions) {
    const at = shapes.get(code)?.feature.properties;
    if (!at || at.label_lat == null) continue;
    const { x, y } = map.latLngToContainerPoint([at.label_lat, at.label_lon]);
    const half = [Math.max(shortName(name).length * 0.63 * u, 1.6 * u) + NAME_GAP, 1.75 * u + NAME_GAP];
    const box = [x - half[0], y - half[1], x + half[0], y + half[1]];
    if (taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])) continue;
    taken.push(box);
    const icon = L.divIcon({ className: "m-name", html: element("div", {}, shortName(name), element("b", {}, rate)), iconSize: null });
    labels.addLayer(L.marker([at.label_lat, at.label_lon], { icon, pane: "gh-labels", interactive: false, keyboard: false }));
  }
}

function look() {
  const shape = chosen && shapes.get(chosen);
  const [west, south, east, north] = config.bounds ?? [];
  const target = shape ? shape.getBounds() : config.bounds ? L.latLngBounds([south, west], [north, east]) : null;
  if (!target) return;
  map.options.zoomSnap = 0;
  map.fitBounds(target, { animate: false, padding: [unit(), unit()] });
}

function switchBase() {
  hasBase = !hasBase;
  for (const layer of baseLayers) layer.setOpacity(hasBase ? 1 : 0);
  page.querySelector("[data-does=base]")?.setAttribute("aria-pressed", String(hasBase));
  drawMap();
}

function fullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen?.().catch(() => {});
}

/** Old figures must not look like new ones; `error` null when all is well again. */
function failed(error) {
  const banner = shows("banner");
  banner.hidden = !error;
  if (!error) return;
  const at = moment(meeting.as_of);
  banner.textContent = error.status === 401 ? t("登录已过期，画面停在 {at} 的数据。请重新登录。", { at }) : t("连不上服务器，画面停在 {at} 的数据，会自动重试。", { at });
}

async function refresh() {
  try {
    const answer = await fetch("/map/meeting/figures", { headers: { Accept: "application/json", "X-Background": "1" } });
    if (!answer.ok || answer.redirected) throw Object.assign(new Error("figures"), { status: answer.redirected ? 401 : answer.status });
    meeting = await answer.json();
    parts.report("figures", null);
    draw();
    drawLabels();
  } catch (error) {
    parts.report("figures", error);
  }
}

const does = { previous: () => step(-1), next: () => step(1), whole: () => select(null), base: switchBase, full: fullScreen };
const keys = { ArrowRight: does.next, ArrowDown: does.next, ArrowLeft: does.previous, ArrowUp: does.previous, Home: does.whole, b: switchBase, B: switchBase, f: fullScreen, F: fullScreen };
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});
page.addEventListener("click", (event) => does[event.target.closest("[data-does]")?.dataset.does]?.());
const pick = (code) => (walk().some((division) => division.code === code) ? select(code) : (location.href = `/map?area=${code}`));
chart.on("click", ({ dataIndex, componentType, value }) => {
  const { divisions } = ranked();
  const found = componentType === "yAxis" ? divisions.find(({ name }) => shortName(name) === value) : divisions[dataIndex];
  if (found && /^\d+$/.test(found.code)) pick(found.code);
});
for (const [code, shape] of shapes) shape.on("click", () => pick(code));
map.keyboard?.disable();
map.on("moveend zoomend", drawLabels);
const resized = new ResizeObserver(() => {
  map.invalidateSize({ pan: false });
  draw();
  look();
});
// The strip grows by a line where figures come that it had none of.
for (const part of [page, page.querySelector(".m-strip")]) resized.observe(part);
select(new URLSearchParams(location.search).get("area"));
drawLabels();
setInterval(refresh, REFRESH_MS);
page.dataset.ready = "1";
