// What is asked for: colouring, filters, layers, and where one looks. It lives in the address bar, under the filter names
// that export, tiles and API share, so that a link sent by chat shows the same (to somebody who may see it).

import { codeOf } from "gh/map/words.js";

const LISTS = ["risk", "renovation", "category"];
// Together for the six key groups; the server knows the word, the list of categories does not.
const KEY_GROUPS = "key_groups";
export const LIVED_IN = "lived_in";
// Nearer to the poles the projection has no place; further in the map has no level.
const MOST_LATITUDE = 85;
const MOST_LONGITUDE = 180;
const MOST_ZOOM = 22;

// Lines for orientation.
const LINES = ["river", "road"];

/** The filters and layers of one page; `change(patch)` tells all listeners. */
class MapState {
  constructor(given = {}) {
    this.by = given.by === "renovation" ? "renovation" : "risk";
    for (const name of LISTS) this[name] = given[name] ?? [];
    this.area = given.area ?? "";
    this.livedIn = given.livedIn ?? false;
    this.events = given.events ?? [];
    this.standing = given.standing ?? false;
    this.lines = given.lines ?? [];
    this.inspections = given.inspections ?? 0;
    this.state = given.state ?? [];
    this.measure = given.measure ?? "";
    this.table = given.table ?? false;
    this.listeners = [];
  }

  change(patch) {
    const before = this.filterText();
    Object.assign(this, patch);
    const filtered = before !== this.filterText();
    for (const listener of this.listeners) listener(patch, filtered);
  }

  onChange(listener) {
    this.listeners.push(listener);
  }

  /** The filter as parameters of every address; `without` leaves one out (the legend counts under the others). */
  filter(without = null) {
    const asked = new URLSearchParams();
    if (this.area) asked.set("area", this.area);
    for (const name of LISTS) if (this[name].length && name !== without) asked.set(name, this[name].join(","));
    if (this.livedIn) asked.set("occupancy", LIVED_IN);
    return asked;
  }

  /** The filter of the emergency inspections that are shown, null when none are. */
  inspectionFilter(without = null) {
    if (!this.inspections) return null;
    const asked = new URLSearchParams({ event: String(this.inspections) });
    if (this.area) asked.set("area", this.area);
    if (this.state.length && without !== "state") asked.set("state", this.state.join(","));
    return asked;
  }

  filterText() {
    return this.filter().toString();
  }
}

/**
 * State and view out of an address. What it asks for and nobody knows is left out and named in `unknown` ("risk=ZZ"):
 * an old link must say why it shows more than it did. `areas` are the codes that the reader sees.
 * An address without zones shows those of `openEvents`.
 */
export function readAddress(search, openEvents = [], areas = []) {
  const asked = new URLSearchParams(search);
  const unknown = [];
  const list = (name) => (asked.get(name) ?? "").split(",").filter(Boolean);
  const known = (name, read) => list(name).map((text) => read(text) ?? (unknown.push(`${name}=${text}`), null)).filter(Boolean);
  const given = { by: asked.get("by"), table: asked.has("table"), standing: asked.has("standing-areas") };
  for (const name of LISTS) given[name] = known(name, (text) => (name === "category" && text === KEY_GROUPS ? text : codeOf(name, text)));
  [given.area = ""] = known("area", (code) => (areas.some((area) => area.startsWith(code)) ? code : null));
  given.livedIn = known("occupancy", (text) => (text === LIVED_IN ? text : null)).length > 0;
  given.events = asked.has("zones") ? list("zones").map(Number).filter((id) => openEvents.includes(id)) : [...openEvents];
  given.state = known("state", (text) => codeOf("inspection_state", text));
  given.lines = list("lines").filter((kind) => LINES.includes(kind));
  given.measure = asked.get("measure") ?? "";
  given.inspections = Number(asked.get("inspections")) || 0;
  const view = viewOf(asked.get("at") ?? "");
  if (asked.get("at") && !view) unknown.push(`at=${asked.get("at")}`);
  return { state: new MapState(given), view, unknown };
}

/** "lat,lng,zoom" as a view, null when there is no such place on the map. */
function viewOf(text) {
  const numbers = text.split(",").map(Number);
  if (numbers.length !== 3 || !numbers.every(Number.isFinite)) return null;
  const [lat, lng, zoom] = numbers;
  const isPlace = Math.abs(lat) <= MOST_LATITUDE && Math.abs(lng) <= MOST_LONGITUDE && zoom >= 0 && zoom <= MOST_ZOOM;
  return isPlace ? { lat, lng, zoom } : null;
}

/** The address of a state and a view. */
export function addressOf(state, map) {
  const asked = state.filter();
  if (state.by !== "risk") asked.set("by", state.by);
  asked.set("zones", state.events.join(",") || "none");
  if (state.standing) asked.set("standing-areas", "1");
  if (state.lines.length) asked.set("lines", state.lines.join(","));
  if (state.inspections) asked.set("inspections", String(state.inspections));
  if (state.inspections && state.state.length) asked.set("state", state.state.join(","));
  if (state.measure) asked.set("measure", state.measure);
  if (state.table) asked.set("table", "1");
  const { lat, lng } = map.getCenter();
  asked.set("at", `${lat.toFixed(5)},${lng.toFixed(5)},${map.getZoom()}`);
  return `?${asked.toString().replaceAll("%2C", ",")}`;
}

/** The address of the printed map: the same filter, and every layer of it that paper shows. */
export function paperAddress(state) {
  const asked = state.filter();
  asked.set("zones", state.events.join(",") || "none");
  if (state.standing) asked.set("standing-areas", "1");
  if (state.lines.length) asked.set("lines", state.lines.join(","));
  return `/map/print?${asked.toString().replaceAll("%2C", ",")}`;
}

/** The box of what is in view, as the filter wants it: west,south,east,north. */
export function boxOf(map) {
  const bounds = map.getBounds();
  return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()].map((degree) => degree.toFixed(6)).join(",");
}
