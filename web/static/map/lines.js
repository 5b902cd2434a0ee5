// Rivers and roads, for orientation: lines of what is in view, the finer the nearer, with their names where there is room.

import { LastOne, wasAborted } from "gh/map/source.js";
import { element } from "gh/map/words.js";

const L = window.L;
const STYLES = { river: { color: "#3f7fbf", opacity: 0.85 }, road: { color: "#8a6d3b", opacity: 0.75 } };
const WIDTHS = [3.2, 2, 1.2];
const MOST_NAMES = 60;
const NAME_HEIGHT = 18;
const NAME_WIDTH = 13;
const MOST_PLACES = 16;

/** Eight places between two corners of a straight line, the second corner the last. */
function halves(from, to) {
  return [1, 2, 3, 4, 5, 6, 7, 8].map((part) => L.latLng(from.lat + ((to.lat - from.lat) * part) / 8, from.lng + ((to.lng - from.lng) * part) / 8));
}

export class Lines {
  constructor({ map, source, pane, report }) {
    Object.assign(this, { map, source, pane, report });
    this.kinds = [];
    this.asking = new LastOne();
    this.drawn = L.layerGroup().addTo(map);
    this.names = L.layerGroup().addTo(map);
    map.on("moveend", () => this.#load());
  }

  /** Show these kinds and no others. */
  show(kinds) {
    this.kinds = kinds;
    return this.#load();
  }

  async #load() {
    if (!this.kinds.length) {
      this.drawn.clearLayers();
      this.names.clearLayers();
      this.report(null);
      return;
    }
    try {
      const found = await this.asking.ask((signal) => this.source.lines(this.kinds, this.map.getBounds(), this.map.getZoom(), signal));
      this.#draw(found);
      this.report(null);
    } catch (error) {
      if (!wasAborted(error)) this.report(error);
    }
  }

  #draw(found) {
    this.drawn.clearLayers();
    this.names.clearLayers();
    const style = ({ properties }) => ({ ...STYLES[properties.kind], weight: WIDTHS[properties.rank - 1] ?? 1.2, pane: this.pane, interactive: false });
    const made = L.geoJSON(found, { style, pane: this.pane, interactive: false }).addTo(this.drawn);
    const taken = [];
    const named = new Set();
    made.eachLayer((line) => {
      const { kind, name } = line.feature.properties;
      if (!name || named.has(name) || named.size >= MOST_NAMES) return;
      const at = this.#places(line).find((place) => {
        const { x, y } = this.map.latLngToContainerPoint(place);
        const half = (name.length * NAME_WIDTH) / 2;
        const box = [x - half, y - NAME_HEIGHT / 2, x + half, y + NAME_HEIGHT / 2];
        if (taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])) return false;
        taken.push(box);
        return true;
      });
      if (!at) return;
      named.add(name);
      const icon = L.divIcon({ className: `gh-line-name gh-line-${kind}`, html: element("span", {}, name), iconSize: null });
      this.names.addLayer(L.marker(at, { icon, pane: "gh-labels", interactive: false, keyboard: false }));
    });
  }

  /** Where along the line, within the view, its name may stand: some places, the nearest to the middle of the view first. */
  #places(line) {
    const bounds = this.map.getBounds().pad(-0.05);
    const centre = this.map.getCenter();
    const corners = line.getLatLngs().flat();
    const places = corners.length > 8 ? corners : corners.flatMap((corner, n) => (n ? halves(corners[n - 1], corner) : [corner]));
    const inside = places.filter((place) => bounds.contains(place));
    const every = Math.ceil(inside.length / MOST_PLACES);
    return inside.filter((_, n) => n % every === 0).sort((one, other) => one.distanceTo(centre) - other.distanceTo(centre));
  }
}
