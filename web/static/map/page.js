// Puts the map together: Folium's map gets its houses, panel, search, table, drawing and address.

import { Drawing } from "gh/map/drawing.js";
import { ExportForm } from "gh/map/export_form.js";
import { Lines } from "gh/map/lines.js";
import { Overlays } from "gh/map/overlays.js";
import { Panel } from "gh/map/panel.js";
import { CanvasPoints } from "gh/map/points_canvas.js";
import { GlPoints, hasWebGL2, loadGl } from "gh/map/points_gl.js";
import { Popups } from "gh/map/popup.js";
import { Search } from "gh/map/search.js";
import { LastOne, Server, wasAborted } from "gh/map/source.js";
import { addressOf, boxOf, paperAddress, readAddress } from "gh/map/state.js";
import { Status } from "gh/map/status.js";
import { Table } from "gh/map/table.js";
import { VillageMarkers } from "gh/map/village_markers.js";
import { leftOut, Villages } from "gh/map/villages.js";
import { element, t, use } from "gh/map/words.js";

const L = window.L;
const SETTLED_MS = 120;
const REFRESH_MS = 60_000;
const OPENING_MS = 4_000;
// A hamlet of three houses is shown with what lies around it.
const MOST_AREA_ZOOM = 15;
// What lies over the map's upper edge: nothing of the county may open underneath.
const OVER_THE_TOP = [".gh-search", ".gh-tools"];
const OVER_THE_BOTTOM = 34;

window.ghDraw();
const { map, layers, config } = window.ghMap;
use(config);
start(await sourceOf(config));

async function sourceOf({ embedded, csrfToken }) {
  if (!embedded) return new Server({ csrfToken });
  const { Embedded } = await import("gh/map/embedded.js");
  return new Embedded(embedded);
}

async function start(source) {
  const page = document.getElementById("gh-page");
  const shows = (name) => page.querySelector(`[data-shows=${name}]`);
  // The address is kept by state and view: what only opens the page is read before.
  const { search } = location;
  const { state, view, unknown } = readAddress(search, config.events, Object.keys(config.areas));
  document.getElementById("gh-table").hidden = !state.table;
  map.invalidateSize({ pan: false });
  // A link that names an area, or events, and no place means that area, or the zones of those events.
  const extent = boxOfArea(state.area) ?? config.opening ?? config.bounds;
  if (view) map.setView([view.lat, view.lng], view.zoom);
  else if (extent) fit(extent);
  // Lines of open events come later and take their place above the map: until it is touched, it opens again within what is left.
  let isOpening = !view && Boolean(extent);
  for (const touch of ["pointerdown", "wheel", "keydown"]) page.addEventListener(touch, () => (isOpening = false), { capture: true, passive: true });
  setTimeout(() => (isOpening = false), OPENING_MS);

  const status = new Status({ time: shows("as-of"), banner: shows("banner"), retry: () => refresh({ all: true }) });
  if (unknown.length) status.notice(t("链接里有认不出的内容，没有采用：{parts}。请核对链接，或用左边的筛选重新选。", { parts: unknown.join("、") }));
  const report = (part) => (error) => status.report(part, error);
  let drawing = null;
  const isDrawing = () => Boolean(drawing?.isDrawing);
  const panel = new Panel({ root: document.getElementById("gh-panel"), state, map });
  const villages = layers.villages
    ? new Villages({ map, layer: layers.villages, townships: layers.townships, farZoom: config.farZoom, pane: "gh-labels", hasBaseMap: config.hasBaseMap, isDrawing, onPick: (village) => map.fitBounds(village.getBounds(), { maxZoom: 14 }) })
    : null;
  const lines = new Lines({ map, source, pane: "gh-lines", report: report("lines") });
  const overlays = new Overlays({ map, source, pane: "gh-zones", report: report("zones") });
  const points = await pointsOf(source, report("points"), villages ? config.farZoom : 0);
  points.onBusy = (isBusy) => status.busy(isBusy);
  const popups = new Popups({ map, source, points, state, isDrawing });
  const markers = points instanceof CanvasPoints ? new VillageMarkers({ map, source, state, popups, isDrawing, report: report("markers") }) : null;
  // Without WebGL the houses of a chosen township are markers; all others stay on the canvas.
  async function showPoints() {
    const asked = state.filter();
    if (!markers?.takesOver) return points.show(asked);
    points.show(null);
    status.busy(true);
    const areMarkers = await markers.show(asked);
    status.busy(false);
    return areMarkers ? null : points.show(asked);
  }
  const marker = L.circleMarker([0, 0], { radius: 15, weight: 3, color: "#1e66d0", fill: false, pane: "gh-draw", interactive: false });
  const mark = (house) => (house?.lat != null ? marker.setLatLng([house.lat, house.lon]).addTo(map) : marker.remove());
  const table = new Table({ root: document.getElementById("gh-table"), map, source, state, report: report("table"), onRow: mark });
  popups.onHover = (house) => table.mark(house?.house_code);
  new Search({ form: page.querySelector(".gh-search"), map, source, onHouse: (house) => popups.open(house), report: report("search") });
  if (page.querySelector("#gh-analysis")) drawing = new Drawing({ map, source, page, config, search });
  overlays.mayReveal = Boolean(config.mayReveal);
  overlays.isFree = (place) => !isDrawing() && !points.at(place).length;
  if (page.querySelector("#gh-export")) new ExportForm({ page, state, map, source });

  const asking = { counts: new LastOne(), villages: new LastOne(), inspections: new LastOne() };
  let version = null;

  async function counts({ background = false } = {}) {
    try {
      const found = await asking.counts.ask((signal) => source.counts(state.filter(), boxOf(map), signal, background));
      panel.show(found);
      status.read(found.as_of);
      status.report("counts", null);
      // What others have changed meanwhile: the tiles are asked again, most answers are "not changed".
      if (version !== null && found.version !== version) {
        if (markers) showPoints();
        else points.reload(state.filter());
        villageFigures();
      }
      version = found.version;
    } catch (error) {
      if (wasAborted(error)) return;
      panel.show(null);
      status.report("counts", error);
    }
  }

  async function villageFigures() {
    if (!villages) return;
    try {
      const found = await asking.villages.ask((signal) => source.villages(state.filter(), state.measure, signal));
      villages.show(found);
      if (shows("measure")) shows("measure").textContent = found.measure.label;
      shows("steps").replaceChildren(...villages.steps.map(({ colour, text }) => element("li", {}, element("span", { class: "gh-square", style: `--colour: ${colour}` }), text)));
      const { names, isAll } = leftOut(found.measure, state.filter());
      shows("steps").hidden = isAll;
      shows("left-out").hidden = !names.length;
      const what = names.join("、");
      shows("left-out").textContent = isAll ? t("已筛去{what}，这一项不计算，不是没有。", { what }) : t("已筛去{what}，这一项只计其余部分。", { what });
      status.report("villages", null);
    } catch (error) {
      if (wasAborted(error)) return;
      villages.forget();
      status.report("villages", error);
    }
  }

  async function inspectionCounts() {
    const filter = state.inspectionFilter("state");
    if (!filter) return;
    try {
      panel.showInspections(await asking.inspections.ask((signal) => source.inspectionCounts(filter, boxOf(map), signal)));
      status.report("inspections", null);
    } catch (error) {
      if (wasAborted(error)) return;
      panel.showInspections(null);
      status.report("inspections", error);
    }
  }

  function refresh({ all = false } = {}) {
    counts();
    inspectionCounts();
    table.load();
    if (!all) return;
    villageFigures();
    if (markers) showPoints();
    else points.reload(state.filter());
    points.showInspections(state.inspectionFilter());
    overlays.showEvents(state.events);
    overlays.showStanding(state.standing);
    lines.show(state.lines);
  }

  function keepAddress() {
    if (!source.isEmbedded) history.replaceState(null, "", addressOf(state, map));
    shows("far").hidden = !villages?.isFar;
    const paper = page.querySelector("[data-does=paper]");
    if (paper) paper.href = paperAddress(state);
  }

  let settling = null;
  map.on("moveend", () => {
    clearTimeout(settling);
    settling = setTimeout(() => {
      keepAddress();
      refresh();
    }, SETTLED_MS);
  });
  state.onChange((patch, filtered) => {
    keepAddress();
    if ("by" in patch) {
      points.colourBy(state.by);
      markers?.draw();
    }
    if (filtered) {
      showPoints();
      villageFigures();
      counts();
      table.load();
    }
    if ("area" in patch) flyToArea(state.area);
    if ("measure" in patch) villageFigures();
    if ("events" in patch) overlays.showEvents(state.events);
    if ("standing" in patch) overlays.showStanding(state.standing);
    if ("lines" in patch) lines.show(state.lines);
    if ("inspections" in patch || "state" in patch || ("area" in patch && state.inspections)) {
      points.showInspections(state.inspectionFilter());
      inspectionCounts();
    }
    if ("table" in patch) table.draw();
    tableButton?.setAttribute("aria-pressed", String(state.table));
  });

  const tableButton = page.querySelector("[data-does=table]");
  tableButton?.setAttribute("aria-pressed", String(state.table));
  tableButton?.addEventListener("click", () => state.change({ table: !state.table }));
  page.querySelector("[data-does=share]")?.addEventListener("click", (event) => copyLink(event.currentTarget));
  for (const [does, open] of [["open-panel", true], ["close-panel", false]])
    page.querySelector(`[data-does=${does}]`)?.addEventListener("click", () => page.classList.toggle("gh-panel-open", open));
  map.zoomControl?.remove();
  L.control.zoom({ position: "bottomright", zoomInTitle: t("放大"), zoomOutTitle: t("缩小") }).addTo(map);
  // The layer control switches the houses' pane, not the layer that stands for them.
  const pane = map.getPane("gh-houses");
  map.on("overlayadd overlayremove", ({ layer, type }) => layer === layers.houses && (pane.style.display = type === "overlayadd" ? "" : "none"));

  function flyToArea(code) {
    const found = layerOfArea(code);
    if (found) map.fitBounds(found.getBounds(), { maxZoom: MOST_AREA_ZOOM });
    else if (!code && config.bounds) fit(config.bounds);
  }

  showPoints();
  if (state.by !== "risk") points.colourBy(state.by);
  if (state.inspections) points.showInspections(state.inspectionFilter());
  overlays.showEvents(state.events);
  if (state.standing) overlays.showStanding(true);
  if (state.lines.length) lines.show(state.lines);
  keepAddress();
  counts();
  villageFigures();
  inspectionCounts();
  if (!source.isEmbedded) setInterval(() => document.hidden || counts({ background: true }), REFRESH_MS);
  new ResizeObserver(() => {
    map.invalidateSize({ pan: false });
    if (isOpening) fit(extent);
  }).observe(document.getElementById("gh-view"));
  if (drawing && new URLSearchParams(search).has("draw")) drawing.begin("Polygon");
  page.dataset.ready = points instanceof GlPoints ? "webgl" : "canvas";
}

function layerOfArea(code) {
  return [layers.townships, layers.villages].flatMap((layer) => layer?.getLayers() ?? []).find((area) => area.feature.properties.code === code);
}

function boxOfArea(code) {
  const bounds = code && layerOfArea(code)?.getBounds();
  return bounds ? [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()] : null;
}

function fit([west, south, east, north]) {
  const { top } = map.getContainer().getBoundingClientRect();
  const covered = Math.max(0, ...OVER_THE_TOP.map((part) => (document.querySelector(part)?.getBoundingClientRect().bottom ?? top) - top));
  // In quarter steps: a whole one smaller would leave half of the map empty.
  map.options.zoomSnap = 0.25;
  map.fitBounds([[south, west], [north, east]], { animate: false, maxZoom: MOST_AREA_ZOOM, paddingTopLeft: [12, covered + 8], paddingBottomRight: [12, OVER_THE_BOTTOM] });
  map.options.zoomSnap = 1;
}

async function pointsOf(source, report, fromZoom) {
  const pane = "gh-houses";
  if (!source.isEmbedded && hasWebGL2()) {
    try {
      const maplibreGL = await loadGl(config);
      return new GlPoints({ map, maplibreGL, source, pane, fromZoom, report });
    } catch (error) {
      // A driver may promise WebGL and break it: circles show the same houses.
      console.info("WebGL", error);
    }
  }
  return new CanvasPoints({ map, source, pane, fromZoom, report });
}

async function copyLink(button) {
  const text = button.textContent;
  try {
    await navigator.clipboard.writeText(location.href);
    button.textContent = t("已复制");
  } catch {
    // Without TLS browsers give no clipboard: the address bar holds the same.
    window.prompt(t("复制这个链接发给同事；对方只看到自己有权看的内容："), location.href);
  }
  setTimeout(() => (button.textContent = text), 2000);
}
