// Houses and clusters on an ordinary canvas, with the same counts: for browsers without WebGL 2 and for map.html.
// Asks for what is in view, instead of tiles.

import { clusterRadius, clusterSprite, dotSprite, houseSprite, inspectionSprite, isUnsigned, orderOf, radiusOf } from "gh/map/sprites.js";
import { LastOne, wasAborted } from "gh/map/source.js";
import { Parts } from "gh/map/status.js";
import { clusterProperty } from "gh/map/points_gl.js";
import { classes } from "gh/map/words.js";

const L = window.L;
const LETTERS_FROM = 14;
const PADDING = 0.15;
const REACH = 4;

const CanvasLayer = L.Layer.extend({
  initialize(draw, options) {
    L.setOptions(this, options);
    this.draw = draw;
  },
  onAdd(map) {
    this.canvas = L.DomUtil.create("canvas", "leaflet-zoom-animated gh-points", map.getPane(this.options.pane));
    this.canvas.setAttribute("aria-hidden", "true");
    this.reset();
  },
  onRemove() {
    this.canvas.remove();
  },
  getEvents() {
    return { moveend: this.reset, resize: this.reset, zoomanim: this.animate };
  },
  reset() {
    const map = this._map;
    const size = map.getSize();
    const margin = size.multiplyBy(PADDING).round();
    const ratio = window.devicePixelRatio || 1;
    const topLeft = map.containerPointToLayerPoint([-margin.x, -margin.y]);
    const whole = size.add(margin.multiplyBy(2));
    this.origin = map.layerPointToLatLng(topLeft);
    L.DomUtil.setPosition(this.canvas, topLeft);
    this.canvas.style.width = `${whole.x}px`;
    this.canvas.style.height = `${whole.y}px`;
    this.canvas.width = whole.x * ratio;
    this.canvas.height = whole.y * ratio;
    const pen = this.canvas.getContext("2d");
    pen.scale(ratio, ratio);
    this.draw(pen, (lat, lng) => map.latLngToLayerPoint([lat, lng]).subtract(topLeft), ratio, whole);
  },
  animate({ zoom, center }) {
    const scale = this._map.getZoomScale(zoom);
    L.DomUtil.setTransform(this.canvas, this._map._latLngToNewLayerPoint(this.origin, zoom, center), scale);
  },
});

export class CanvasPoints {
  /** `source.points(layer, filter, box, zoom, signal)` gives {kind: "houses" or "clusters", items: […]}. */
  constructor({ map, source, pane, fromZoom, report }) {
    Object.assign(this, { map, source, fromZoom });
    this.parts = new Parts(report);
    this.waiting = new Set();
    this.by = "risk";
    this.found = { houses: nothing(), "emergency-inspections": nothing() };
    this.filters = { houses: null, "emergency-inspections": null };
    this.asking = { houses: new LastOne(), "emergency-inspections": new LastOne() };
    this.sprites = new Map();
    this.layer = new CanvasLayer((...given) => this.#draw(...given), { pane });
    this.layer.addTo(map);
    map.on("moveend", () => this.#askAll());
  }

  async show(filter) {
    this.filters.houses = filter;
    await this.#ask("houses");
  }

  async colourBy(by) {
    this.by = by;
    this.layer.reset();
  }

  async showInspections(filter) {
    this.filters["emergency-inspections"] = filter;
    await this.#ask("emergency-inspections");
  }

  async reload(filter) {
    await this.show(filter);
  }

  at(point) {
    const near = (item, radius) => this.map.latLngToContainerPoint([item.lat, item.lon]).distanceTo(point) <= radius + REACH;
    const inspections = this.found["emergency-inspections"].items.filter((item) => near(item, 9));
    const { kind, items } = this.found.houses;
    const houses = items.filter((item) => near(item, kind === "clusters" ? clusterRadius(item.houses) : radiusOf(this.by, item[this.by])));
    const singular = kind === "clusters" ? "cluster" : "house";
    return [
      ...inspections.map((item) => ({ ...item, kind: this.found["emergency-inspections"].kind === "clusters" ? "cluster" : "inspection" })),
      ...houses.reverse().map((item) => ({ ...item, kind: singular })),
    ];
  }

  #askAll() {
    for (const layer of Object.keys(this.filters)) this.#ask(layer);
  }

  async #ask(layer) {
    const filter = this.filters[layer];
    if (!filter || (layer === "houses" && this.map.getZoom() < this.fromZoom)) {
      // An answer that is still on its way belongs to what was asked before.
      this.asking[layer].stop();
      this.found[layer] = nothing();
      this.layer.reset();
      this.parts.report(layer, null);
      this.#busy(layer, false);
      return;
    }
    const bounds = this.map.getBounds().pad(PADDING);
    const box = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()].map((degree) => degree.toFixed(6)).join(",");
    this.#busy(layer, true);
    try {
      const found = await this.asking[layer].ask((signal) => this.source.points(layer, filter, box, Math.round(this.map.getZoom()), signal));
      if (found.kind === "houses" && layer === "houses") found.items.sort((one, other) => orderOf(this.by, one[this.by]) - orderOf(this.by, other[this.by]));
      this.found[layer] = found;
      this.parts.report(layer, null);
      this.layer.reset();
      this.#busy(layer, false);
    } catch (error) {
      if (wasAborted(error)) return;
      this.#busy(layer, false);
      this.parts.report(layer, error);
    }
  }

  #busy(layer, isBusy) {
    if (isBusy) this.waiting.add(layer);
    else this.waiting.delete(layer);
    this.onBusy?.(this.waiting.size > 0);
  }

  #draw(pen, place, ratio, size) {
    const put = (item, sprite) => {
      const { x, y } = place(item.lat, item.lon);
      const [width, height] = [sprite.width / ratio, sprite.height / ratio];
      if (x > -width && y > -height && x < size.x + width && y < size.y + height) pen.drawImage(sprite, x - width / 2, y - height / 2, width, height);
    };
    const { kind, items } = this.found.houses;
    const letters = this.map.getZoom() >= LETTERS_FROM;
    // The order depends on the colouring, which may have changed since the answer.
    const sorted = kind === "houses" ? [...items].sort((one, other) => orderOf(this.by, one[this.by]) - orderOf(this.by, other[this.by])) : items;
    for (const item of sorted) put(item, kind === "clusters" ? this.#cluster(this.by, item.houses, item, ratio) : this.#house(item, letters, ratio));
    const inspections = this.found["emergency-inspections"];
    for (const item of inspections.items)
      put(item, inspections.kind === "clusters" ? this.#cluster("state", item.inspections, item, ratio) : this.#kept(`i|${item.state}|${item.overdue}`, ratio, () => inspectionSprite(item.state, item.overdue, ratio)));
  }

  #house(item, letters, ratio) {
    const code = item[this.by];
    if (letters) return this.#kept(`h|${this.by}|${code}|${isUnsigned(item)}`, ratio, () => houseSprite(this.by, code, isUnsigned(item), ratio));
    const factor = 0.26 + Math.max(0, Math.min(1, (this.map.getZoom() - 10) / 4)) * 0.34;
    const radius = radiusOf(this.by, code) * factor;
    return this.#kept(`d|${this.by}|${code}|${radius.toFixed(1)}`, ratio, () => dotSprite(this.by, code, radius, ratio));
  }

  #cluster(by, total, item, ratio) {
    const counts = Object.fromEntries(classes(by).map(({ code }) => [code, item[clusterProperty(by, code)] ?? 0]));
    return clusterSprite(by, total, counts, ratio);
  }

  #kept(key, ratio, make) {
    const name = `${ratio}|${key}`;
    if (!this.sprites.has(name)) this.sprites.set(name, make());
    return this.sprites.get(name);
  }
}

function nothing() {
  return { kind: "houses", items: [] };
}
