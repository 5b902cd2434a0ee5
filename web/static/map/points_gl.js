// Houses and inspections as vector tiles, drawn by MapLibre GL inside the Leaflet map.
// Zooms of MapLibre are one less than Leaflet's: its tiles are 512 pixels wide.

import { clusterSprite, colourOf, houseSprite, inspectionSprite, orderOf, radiusOf } from "gh/map/sprites.js";
import { classes } from "gh/map/words.js";

const LETTERS_FROM = 13;
const SOURCE_MAX_ZOOM = 16;
// Rings of clusters are made when they are asked for; tiles keep their own copy, so old ones may go.
const MOST_SPRITES = 600;
const REACH = 4;

export function hasWebGL2() {
  return Boolean(document.createElement("canvas").getContext("webgl2"));
}

/** Load MapLibre (only now: without WebGL it would be loaded in vain). */
export async function loadGl({ workerUrl }) {
  const [maplibre, { maplibreGL }] = await Promise.all([import("maplibre-gl"), import("maplibre-gl-leaflet")]);
  maplibre.setWorkerUrl(workerUrl);
  return maplibreGL;
}

const LAYERS = { houses: ["clusters", "dots", "letters"], "emergency-inspections": ["inspections", "inspection-clusters"] };

export class GlPoints {
  /** `source.tiles(layer, filter)` gives tile addresses; `report(error or null)` is told of failures and successes. */
  constructor({ map, maplibreGL, source, pane, fromZoom, report }) {
    this.source = source;
    this.report = report;
    this.by = "risk";
    this.sprites = [];
    this.layer = maplibreGL({
      pane,
      interactive: false,
      padding: 0.15,
      fadeDuration: 0,
      validateStyle: false,
      attributionControl: false,
      maxTileCacheSize: 200,
      style: { version: 8, sources: {}, layers: [] },
    });
    this.fromZoom = Math.max(0, fromZoom - 1);
    this.layer.addTo(map);
    this.leaflet = map;
    this.gl = this.layer.getMaplibreMap();
    this.gl.setMissingStyleImageResolver((id) => this.#addSprite(id));
    // A tile that failed counts as loaded: what failed is told until the source is asked for anew.
    this.failed = new Set();
    this.gl.on("error", ({ error, sourceId }) => {
      if (sourceId) this.failed.add(sourceId);
      report(error);
    });
    this.gl.on("dataloading", ({ dataType }) => dataType === "source" && this.onBusy?.(!this.gl.areTilesLoaded()));
    this.gl.on("idle", () => {
      this.onBusy?.(false);
      if (this.gl.areTilesLoaded() && !this.failed.size) report(null);
    });
    this.ready = new Promise((done) => this.gl.once("load", done));
  }

  async show(filter) {
    await this.ready;
    this.#put("houses", this.source.tiles("houses", filter), () => this.#addHouses());
  }

  async colourBy(by) {
    await this.ready;
    this.by = by;
    if (!this.gl.getSource("houses")) return;
    for (const id of ["clusters", "dots", "letters"]) this.gl.removeLayer(id);
    this.#addHouses();
  }

  /** Emergency inspections of an event as squares; null takes them away. */
  async showInspections(filter) {
    await this.ready;
    if (!filter) return this.#drop("emergency-inspections");
    this.#put("emergency-inspections", this.source.tiles("emergency-inspections", filter), () => this.#addInspections());
  }

  /** What lies under a point of the map's container: {kind, lon, lat, …properties}, topmost first. */
  at(point) {
    if (!this.gl.isStyleLoaded()) return [];
    const offset = this.leaflet.getSize().multiplyBy(this.layer.options.padding);
    const [x, y] = [point.x + offset.x, point.y + offset.y];
    const layers = ["inspections", "inspection-clusters", "letters", "dots", "clusters"].filter((id) => this.gl.getLayer(id));
    const found = this.gl.queryRenderedFeatures([[x - REACH, y - REACH], [x + REACH, y + REACH]], { layers });
    return found.map((feature) => ({
      ...feature.properties,
      kind: feature.layer.id.endsWith("clusters") ? "cluster" : feature.layer.id === "inspections" ? "inspection" : "house",
      lon: feature.geometry.coordinates[0],
      lat: feature.geometry.coordinates[1],
    }));
  }

  reload(filter) {
    return this.show(filter);
  }

  /** Take a source away with its layers, and what failed of it. */
  #drop(id) {
    for (const layer of LAYERS[id]) if (this.gl.getLayer(layer)) this.gl.removeLayer(layer);
    if (this.gl.getSource(id)) this.gl.removeSource(id);
    this.failed.delete(id);
  }

  #put(id, tiles, addLayers) {
    // Tiles that failed are asked for again by a source that is new.
    if (this.failed.has(id)) this.#drop(id);
    const known = this.gl.getSource(id);
    if (known) {
      known.setTiles([tiles]);
      return;
    }
    this.gl.addSource(id, { type: "vector", tiles: [tiles], minzoom: id === "houses" ? this.fromZoom : 0, maxzoom: SOURCE_MAX_ZOOM });
    addLayers();
  }

  #addHouses() {
    const { by } = this;
    const before = this.gl.getLayer("inspections") ? "inspections" : undefined;
    const common = { source: "houses", minzoom: this.fromZoom };
    const code = ["get", by];
    const order = this.#match(code, (item) => orderOf(by, item));
    this.gl.addLayer({
      ...common, id: "clusters", type: "symbol", "source-layer": "house_clusters",
      layout: {
        "icon-image": clusterImage(by, "houses"),
        "icon-overlap": "always", "symbol-sort-key": ["get", "houses"],
      },
    }, before);
    const size = (factor) => this.#match(code, (item) => radiusOf(by, item) * factor);
    this.gl.addLayer({
      ...common, id: "dots", type: "circle", "source-layer": "houses", maxzoom: LETTERS_FROM,
      layout: { "circle-sort-key": order },
      paint: {
        "circle-color": this.#match(code, (item) => colourOf(by, item)),
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 9, size(0.26), LETTERS_FROM, size(0.6)],
        "circle-stroke-color": "#fff", "circle-stroke-width": 0.8,
      },
    }, before);
    const unsigned = ["all", ["has", "grade"], ["==", ["get", "grade"], ["get", "risk"]], ["!", ["in", ["get", "grade_basis"], ["literal", ["assessment", "appraisal"]]]]];
    this.gl.addLayer({
      ...common, id: "letters", type: "symbol", "source-layer": "houses", minzoom: LETTERS_FROM,
      layout: { "icon-image": ["concat", "house|", by, "|", code, "|", ["case", unsigned, "1", "0"]], "icon-overlap": "always", "symbol-sort-key": order },
    }, before);
  }

  #addInspections() {
    this.gl.addLayer({
      id: "inspection-clusters", type: "symbol", source: "emergency-inspections", "source-layer": "inspection_clusters",
      layout: { "icon-image": clusterImage("state", "inspections"), "icon-overlap": "always", "symbol-sort-key": ["get", "inspections"] },
    });
    this.gl.addLayer({
      id: "inspections", type: "symbol", source: "emergency-inspections", "source-layer": "emergency-inspections",
      layout: {
        "icon-image": ["concat", "inspection|", ["get", "state"], "|", ["case", ["==", ["get", "overdue"], true], "1", "0"]],
        "icon-overlap": "always", "icon-size": ["interpolate", ["linear"], ["zoom"], 9, 0.45, LETTERS_FROM, 1],
      },
    });
  }

  #match(code, value) {
    const items = classes(this.by);
    return ["match", code, ...items.flatMap((item) => [item.code, value(item.code)]), value(items[0].code)];
  }

  #addSprite(id) {
    const [kind, ...parts] = id.split("|");
    const ratio = Math.max(2, Math.ceil(window.devicePixelRatio));
    let canvas;
    if (kind === "house") canvas = houseSprite(parts[0], parts[1], parts[2] === "1", ratio);
    else if (kind === "inspection") canvas = inspectionSprite(parts[0], parts[1] === "1", ratio);
    else if (kind === "cluster") {
      const counts = Object.fromEntries(classes(parts[0]).map((item, place) => [item.code, Number(parts[place + 2])]));
      canvas = clusterSprite(parts[0], Number(parts[1]), counts, ratio);
    } else return;
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    if (this.gl.hasImage(id)) return;
    this.gl.addImage(id, pixels, { pixelRatio: ratio });
    this.sprites.push(id);
    if (this.sprites.length > MOST_SPRITES) this.gl.removeImage(this.sprites.shift());
  }
}

/** The name of a cluster's picture says all that is drawn: the total and the count of each class. */
function clusterImage(by, total) {
  return ["concat", "cluster|", by, "|", ["get", total], ...classes(by).flatMap((item) => ["|", ["coalesce", ["get", clusterProperty(by, item.code)], 0]])];
}

/** Name of a class's count in a cluster: risk_a, risk_suspected, renovation_listed. */
export function clusterProperty(by, code) {
  return `${by}_${code.toLowerCase()}`;
}
