// Villages from far, coloured by what is asked (C/D有人居住 per 100 户 by default), the figure as a label; borders and
// names nearer. The polygons are Folium's own GeoJson; this styles them with the figures that the server counts.

import { element, label, number, t } from "gh/map/words.js";

const L = window.L;
// From pale to dark in five steps, one hue, readable in grey: a share is no class, so it takes no class colour.
const STEPS = ["#f6eee3", "#f0d3ae", "#e0a86c", "#c2733a", "#8f3f15"];
const NO_DATA = "#eceff2";
// Where the figures give no other steps.
const SHARE_BOUNDS = [0.5, 2, 5, 10];
// Bounds that can be read: of these, times a power of ten.
const ROUND = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
const LABEL_GAP = 6;

export class Villages {
  /** `layer` is the L.GeoJSON that Folium made; each feature has code, name, label_lon, label_lat. While `isDrawing()` clicks are corners and pick no village. */
  constructor({ map, layer, townships, farZoom, pane, hasBaseMap, isDrawing, onPick }) {
    Object.assign(this, { map, layer, townships, farZoom, hasBaseMap });
    this.values = new Map();
    this.bounds = SHARE_BOUNDS;
    this.labels = L.layerGroup().addTo(map);
    this.pane = pane;
    this.features = [];
    layer.eachLayer((village) => {
      this.features.push({ ...village.feature.properties, village });
      village.on("click", (event) => {
        if (!this.isFar || isDrawing()) return;
        L.DomEvent.stopPropagation(event);
        onPick(village, this.values.get(village.feature.properties.code));
      });
      village.bindTooltip(() => this.#tooltip(village.feature.properties), { sticky: true, className: "gh-tip", direction: "top", opacity: 1 });
    });
    map.on("zoomend", () => this.draw());
    map.on("moveend", () => this.#drawLabels());
    map.on("overlayadd overlayremove", () => this.#drawLabels());
    this.draw();
  }

  get isFar() {
    return this.features.length > 0 && this.map.getZoom() < this.farZoom;
  }

  /** `answer.items`: [{code, value, houses, households, all_households, cd, suspected, unlocated}], value per 100 of all_households, null where nobody lives. */
  show(answer) {
    this.values = new Map(answer.items.map((item) => [item.code, item]));
    this.measure = answer.measure;
    this.bounds = boundsOf(answer.items.map(({ value }) => value).filter((value) => value !== null));
    this.draw();
  }

  /** The steps for the legend: [{colour, text}]. */
  get steps() {
    const edges = [0, ...this.bounds];
    return edges.map((_, place) => ({ colour: shade(place, edges.length), text: place === edges.length - 1 ? `≥ ${edges[place]}` : `${edges[place]} – ${edges[place + 1]}` }));
  }

  /** Without figures the villages are grey: white or pale would look like safe. */
  forget() {
    this.values.clear();
    this.draw();
  }

  draw() {
    const far = this.isFar;
    this.layer.setStyle((feature) => {
      const item = this.values.get(feature.properties.code);
      const fill = far ? (item ? stepColour(item.value, this.bounds) : NO_DATA) : "#fff";
      return { fillColor: fill, fillOpacity: far ? 0.82 : this.hasBaseMap ? 0 : 1, color: far ? "#fff" : "#7d8896", weight: far ? 0.8 : 0.7, opacity: far ? 0.9 : 0.75, dashArray: far ? null : "4 3" };
    });
    this.layer.eachLayer((village) => {
      const path = village.getElement?.();
      if (path) path.style.pointerEvents = far ? "" : "none";
    });
    this.#drawLabels();
  }

  /** Names, or figures from far, where they do not cover one another. */
  #drawLabels() {
    this.labels.clearLayers();
    const zoom = Math.round(this.map.getZoom());
    const taken = [];
    if (this.townships && this.map.hasLayer(this.townships) && zoom >= this.farZoom - 1 && zoom < this.farZoom + 3) {
      this.townships.eachLayer((township) => this.#label(township.feature.properties, township.feature.properties.name, "gh-name gh-name-township", 14, taken));
    }
    if (!this.map.hasLayer(this.layer)) return;
    if (this.isFar) {
      const sorted = this.features.filter(({ code }) => this.values.get(code)?.value != null).sort((one, other) => this.values.get(other.code).value - this.values.get(one.code).value);
      for (const feature of sorted) this.#label(feature, shown(this.values.get(feature.code).value), "gh-figure", 11, taken);
    } else if (zoom >= this.farZoom + 1) {
      for (const feature of this.features) {
        const unlocated = this.values.get(feature.code)?.unlocated;
        this.#label(feature, shortName(feature.name), "gh-name", 12, taken, unlocated ? { code: feature.code, unlocated } : null);
      }
    }
  }

  #label(feature, text, className, size, taken, more = null) {
    if (feature.label_lat == null) return;
    const at = this.map.latLngToContainerPoint([feature.label_lat, feature.label_lon]);
    const size_px = this.map.getSize();
    if (at.x < 0 || at.y < 0 || at.x > size_px.x || at.y > size_px.y) return;
    const width = text.length * size + LABEL_GAP;
    const height = size + LABEL_GAP + (more ? 18 : 0);
    const box = [at.x - width / 2, at.y - height / 2, at.x + width / 2, at.y + height / 2];
    if (taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])) return;
    taken.push(box);
    const content = element("div", {}, text);
    if (more) content.append(element("a", { href: `/houses?area=${more.code}&location=unlocated`, class: "gh-unlocated" }, t("待定位 {n}", { n: number(more.unlocated) })));
    const icon = L.divIcon({ className, html: content, iconSize: null });
    this.labels.addLayer(L.marker([feature.label_lat, feature.label_lon], { icon, pane: this.pane, interactive: false, keyboard: false }));
  }

  #tooltip({ code, name, township }) {
    const item = this.values.get(code);
    const lines = [element("strong", {}, township ? `${township} · ${name}` : name)];
    if (!item) lines.push(element("div", {}, t("没有读到这个村的数据")));
    else {
      lines.push(element("div", {}, `${this.measure?.label ?? ""} ${item.value == null ? "—" : shown(item.value)}`));
      lines.push(element("div", {}, t("{houses} 栋 · {households} 户 · C、D级有人居住 {cd} 栋", { houses: number(item.houses), households: number(item.households), cd: number(item.cd) })));
      if (item.households !== item.all_households) lines.push(element("div", {}, t("百户按全村 {n} 户计算，不受筛选影响", { n: number(item.all_households) })));
      if (item.unlocated) lines.push(element("div", {}, t("待定位 {n}", { n: number(item.unlocated) })));
    }
    return element("div", {}, ...lines);
  }
}

/** What a filter leaves out of what is measured: labels, and whether nothing of it is left, as the server decides it, too. */
export function leftOut(measure, filter) {
  const names = [];
  let isAll = false;
  for (const list of ["risk", "renovation"]) {
    const counted = measure[list] ?? [];
    const asked = (filter.get(list) ?? "").split(",").filter(Boolean);
    if (!counted.length || !asked.length) continue;
    const gone = counted.filter((code) => !asked.includes(code));
    names.push(...gone.map((code) => label(list, code)));
    isAll ||= gone.length === counted.length;
  }
  return { names, isAll };
}

/** 光明村委会 and 幸福村村民委员会 as people say it: the map has little room. */
export function shortName(name) {
  return name.replace(/村?(村民委员会|村委会)$/, "村").replace(/(居民委员会|居委会)$/, "居委会");
}

/** Bounds between five steps that hold about equally many villages each, as round numbers; fewer where many are alike. */
function boundsOf(values) {
  const sorted = values.filter((value) => value > 0).sort((one, other) => one - other);
  if (sorted.length < STEPS.length) return SHARE_BOUNDS;
  const quantiles = [0.2, 0.4, 0.6, 0.8].map((share) => rounded(sorted[Math.floor(share * sorted.length)]));
  return [...new Set(quantiles)];
}

function rounded(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  const near = ROUND.reduce((best, one) => (Math.abs(one - value / power) < Math.abs(best - value / power) ? one : best));
  return value >= 10 ? Math.round(value) : Number((near * power).toPrecision(2));
}

function stepColour(value, bounds) {
  if (value == null) return NO_DATA;
  // By the figure as it stands on the map: what reads alike has one colour.
  const place = bounds.findIndex((bound) => Number(shown(value)) < bound);
  return shade(place < 0 ? bounds.length : place, bounds.length + 1);
}

/** The colour of step `place` of `count`: always from the palest to the darkest. */
function shade(place, count) {
  return STEPS[count > 1 ? Math.round((place * (STEPS.length - 1)) / (count - 1)) : STEPS.length - 1];
}

function shown(value) {
  return value >= 10 ? value.toFixed(0) : value.toFixed(1);
}

