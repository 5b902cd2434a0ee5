// What is asked for: colouring, filters, layers, and where one looks. It lives in the address bar, under the filter names
// that export, tiles and API share, so that a link sent by chat shows the same (to somebody who may see it).

const LISTS = ["risk", "renovation", "category"];
export const LIVED_IN = "lived_in";

/** The filters and layers of one page; `change(patch)` tells all listeners. */
export class MapState {
  constructor(given = {}) {
    this.by = given.by === "renovation" ? "renovation" : "risk";
    for (const name of LISTS) this[name] = given[name] ?? [];
    this.area = given.area ?? "";
    this.livedIn = given.livedIn ?? false;
    this.events = given.events ?? [];
    this.standing = given.standing ?? false;
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

/** State and view out of an address; unknown parts are left alone. An address without zones shows those of `openEvents`. */
export function readAddress(search, openEvents = []) {
  const asked = new URLSearchParams(search);
  const list = (name) => (asked.get(name) ?? "").split(",").filter(Boolean);
  const given = { by: asked.get("by"), area: asked.get("area") ?? "", table: asked.has("table"), standing: asked.has("standing-areas") };
  for (const name of LISTS) given[name] = list(name);
  given.livedIn = list("occupancy").includes(LIVED_IN);
  given.events = asked.has("zones") ? list("zones").map(Number).filter((id) => openEvents.includes(id)) : [...openEvents];
  given.state = list("state");
  given.measure = asked.get("measure") ?? "";
  given.inspections = Number(asked.get("inspections")) || 0;
  const numbers = (asked.get("at") ?? "").split(",").map(Number);
  const view = numbers.length === 3 && numbers.every(Number.isFinite) ? { lat: numbers[0], lng: numbers[1], zoom: numbers[2] } : null;
  return { state: new MapState(given), view };
}

/** The address of a state and a view. */
export function addressOf(state, map) {
  const asked = state.filter();
  if (state.by !== "risk") asked.set("by", state.by);
  asked.set("zones", state.events.join(",") || "none");
  if (state.standing) asked.set("standing-areas", "1");
  if (state.inspections) asked.set("inspections", String(state.inspections));
  if (state.inspections && state.state.length) asked.set("state", state.state.join(","));
  if (state.measure) asked.set("measure", state.measure);
  if (state.table) asked.set("table", "1");
  const { lat, lng } = map.getCenter();
  asked.set("at", `${lat.toFixed(5)},${lng.toFixed(5)},${map.getZoom()}`);
  return `?${asked.toString().replaceAll("%2C", ",")}`;
}

/** The box of what is in view, as the filter wants it: west,south,east,north. */
export function boxOf(map) {
  const bounds = map.getBounds();
  return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()].map((degree) => degree.toFixed(6)).join(",");
}
