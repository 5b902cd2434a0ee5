// The same answers as the server's, worked out of what the file itself holds: for the map that opens from disk.
// It holds single houses, or, when they are too many, numbers by cells of the map (`isCounted`).

import { LIVED_IN } from "gh/map/state.js";
import { leftOut } from "gh/map/villages.js";
import { t } from "gh/map/words.js";

const MOST_SINGLE = 6000;
const CLUSTER_STEPS = 2;
const ROWS = 100;
const ROW_ORDER = ["D", "C", "suspected", "none", "B", "A"];
// Figure of a village → whether a house counts in it; the names are those of the server's measures.
const FIGURES = {
  cd: (house) => (house.risk === "C" || house.risk === "D") && house.lived_in,
  suspected: (house) => house.risk === "suspected",
  unassessed: (house) => house.risk === "none",
  unplanned: (house) => (house.risk === "C" || house.risk === "D") && house.renovation === "unplanned",
};

export class Embedded {
  constructor({ as_of, columns, rows, counted, measure, unlocated, households, inspection_columns, inspections, inspections_unlocated, zones, standing }) {
    Object.assign(this, { asOf: as_of, isCounted: counted, measure, unlocated, inspectionsUnlocated: inspections_unlocated, allHouseholds: households, zoneFeatures: zones, standing });
    this.isEmbedded = true;
    this.houses = rows.map((row) => Object.fromEntries(columns.map((name, place) => [name, row[place]]).filter(([, value]) => value !== null)));
    for (const house of this.houses) house.houses ??= 1;
    this.inspections = inspections.map((row) => Object.fromEntries(inspection_columns.map((name, place) => [name, row[place]])));
  }

  async counts(filter, box) {
    const inBox = within(box);
    const counts = { as_of: this.asOf, version: "0", total_houses: 0, total_households: 0, by_risk: {}, by_renovation: {}, unlocated: this.#unlocated(filter) };
    const byRisk = matching(filter, "risk");
    const byRenovation = matching(filter, "renovation");
    for (const house of this.houses) {
      if (!inBox(house)) continue;
      if (byRisk(house)) counts.by_risk[house.risk] = (counts.by_risk[house.risk] ?? 0) + house.houses;
      if (byRenovation(house)) counts.by_renovation[house.renovation] = (counts.by_renovation[house.renovation] ?? 0) + house.houses;
      if (byRisk(house) && byRenovation(house)) {
        counts.total_houses += house.houses;
        counts.total_households += house.households ?? 0;
      }
    }
    return counts;
  }

  async inspectionCounts(filter, box) {
    const inBox = within(box);
    const by_state = {};
    let overdue = 0;
    for (const inspection of this.inspections) {
      if (!inBox(inspection)) continue;
      by_state[inspection.state] = (by_state[inspection.state] ?? 0) + 1;
      overdue += inspection.overdue ? 1 : 0;
    }
    return { by_state, overdue, unlocated: this.inspectionsUnlocated };
  }

  async villages(filter) {
    const wanted = matching(filter);
    const items = new Map();
    const area = filter.get("area") ?? "";
    const itemOf = (code) => items.get(code) ?? items.set(code, { code, value: null, houses: 0, households: 0, all_households: this.allHouseholds[code] ?? 0, cd: 0, suspected: 0, unassessed: 0, unplanned: 0, unlocated: 0 }).get(code);
    for (const house of this.houses) {
      if (!house.area_code.startsWith(area)) continue;
      const item = itemOf(house.area_code);
      if (!wanted(house)) continue;
      item.houses += house.houses;
      item.households += house.households ?? 0;
      for (const [name, counts] of Object.entries(FIGURES)) if (counts(house)) item[name] += house.houses;
    }
    for (const [code, number] of Object.entries(this.unlocated)) itemOf(code).unlocated = number;
    const { isAll } = leftOut(this.measure, filter);
    for (const item of items.values()) if (item.all_households && !isAll) item.value = (100 * item[this.measure.figure]) / item.all_households;
    return { as_of: this.asOf, measure: this.measure, items: [...items.values()] };
  }

  async points(layer, filter, box, zoom) {
    const inBox = within(box);
    if (layer === "emergency-inspections") {
      const states = filter.get("state")?.split(",");
      return { kind: "houses", items: this.inspections.filter((item) => inBox(item) && (!states || states.includes(item.state))) };
    }
    const wanted = matching(filter);
    const found = this.houses.filter((house) => inBox(house) && wanted(house));
    if (!this.isCounted && found.length <= MOST_SINGLE) return { kind: "houses", items: found };
    return { kind: "clusters", items: clusters(found, zoom + CLUSTER_STEPS) };
  }

  async rows(filter, box, cursor) {
    if (this.isCounted) return { items: [], next: null };
    const inBox = within(box);
    const wanted = matching(filter);
    const place = (house) => ROW_ORDER.indexOf(house.risk);
    const sorted = this.houses.filter((house) => inBox(house) && wanted(house)).sort((one, other) => place(one) - place(other) || (one.house_code < other.house_code ? -1 : 1));
    const from = Number(cursor) || 0;
    return { items: sorted.slice(from, from + ROWS), next: from + ROWS < sorted.length ? String(from + ROWS) : null };
  }

  async house() {
    return {};
  }

  async search(text) {
    const { layers } = window.ghMap;
    const areas = (layer) => (layer?.getLayers() ?? []).filter(({ feature }) => feature.properties.name?.includes(text)).slice(0, 8).map((area) => {
      const bounds = area.getBounds();
      return { text: area.feature.properties.name, more: area.feature.properties.township, bbox: [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()] };
    });
    const begin = text.toUpperCase();
    const houses = this.isCounted ? [] : this.houses.filter((house) => house.house_code?.startsWith(begin) || house.head?.startsWith(text)).slice(0, 8);
    return {
      groups: [
        { label: t("房屋"), items: houses.map((house) => ({ text: house.house_code, more: [house.head, house.village].filter(Boolean).join(" "), lon: house.lon, lat: house.lat, house })) },
        { label: t("村"), items: areas(layers.villages) },
        { label: t("乡镇"), items: areas(layers.townships) },
      ],
    };
  }

  async zones() {
    return this.zoneFeatures;
  }

  async lines() {
    return { type: "FeatureCollection", features: [] };
  }

  async standingAreas() {
    return this.standing;
  }

  #unlocated(filter) {
    const area = filter.get("area") ?? "";
    return Object.entries(this.unlocated).reduce((sum, [code, number]) => sum + (code.startsWith(area) ? number : 0), 0);
  }
}

function within(box) {
  const [west, south, east, north] = box.split(",").map(Number);
  return ({ lon, lat }) => lon >= west && lon < east && lat >= south && lat < north;
}

/** Whether a house is asked for; `without` leaves one list out. */
function matching(filter, without = null) {
  const list = (name) => (name === without ? null : filter.get(name)?.split(","));
  const [risks, renovations] = [list("risk"), list("renovation")];
  const area = filter.get("area") ?? "";
  const livedIn = filter.get("occupancy") === LIVED_IN;
  return (house) => (!risks || risks.includes(house.risk)) && (!renovations || renovations.includes(house.renovation)) && house.area_code.startsWith(area) && (!livedIn || house.lived_in);
}

function clusters(houses, depth) {
  const size = 2 ** depth;
  const cells = new Map();
  for (const house of houses) {
    const x = Math.floor(((house.lon + 180) / 360) * size);
    const y = Math.floor(((1 - Math.asinh(Math.tan((house.lat * Math.PI) / 180)) / Math.PI) / 2) * size);
    const key = x * size + y;
    const cell = cells.get(key) ?? cells.set(key, { houses: 0, lon: 0, lat: 0 }).get(key);
    cell.houses += house.houses;
    cell.lon += house.lon * house.houses;
    cell.lat += house.lat * house.houses;
    for (const name of [`risk_${house.risk.toLowerCase()}`, `renovation_${house.renovation}`]) cell[name] = (cell[name] ?? 0) + house.houses;
  }
  return [...cells.values()].map((cell) => ({ ...cell, lon: cell.lon / cell.houses, lat: cell.lat / cell.houses }));
}
