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

  filterText() {
    return this.filter().toString();
  }
}

/** State and view out of an address; unknown parts are left alone. */
export function readAddress(search) {
  const asked = new URLSearchParams(search);
  const list = (name) => (asked.get(name) ?? "").split(",").filter(Boolean);
  const given = { by: asked.get("by"), area: asked.get("area") ?? "", table: asked.has("table"), standing: asked.has("standing-areas") };
  for (const name of LISTS) given[name] = list(name);
  given.livedIn = list("occupancy").includes(LIVED_IN);
  given.events = list("zones").map(Number).filter(Number.isInteger);
  given.inspections = Number(asked.get("inspections")) || 0;
  const numbers = (asked.get("at") ?? "").split(",").map(Number);
  const view = numbers.length === 3 && numbers.every(Number.isFinite) ? { lat: numbers[0], lng: numbers[1], zoom: numbers[2] } : null;
  return { state: new MapState(given), view };
}

/** The address of a state and a view. */
export function addressOf(state, map) {
  const asked = state.filter();
  if (state.by !== "risk") asked.set("by", state.by);
  if (state.events.length) asked.set("zones", state.events.join(","));
  if (state.standing) asked.set("standing-areas", "1");
  if (state.inspections) asked.set("inspections", String(state.inspections));
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
