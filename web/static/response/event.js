// The event's page: the map of its zones beside what must be done, and townships that fold. Everything else works without it.
import { addBaseMap } from "../frame/base_map.js";
import "../frame/folds.js";

const box = document.getElementById("event-map");
const COLOURS = { red: "#D0021B", orange: "#F07800", yellow: "#F2C200", blue: "#1E66D0", ungraded: "#6E6E6E" };

async function read(address) {
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  return answer.json();
}

/** Leaflet takes a string for HTML, an element as it is. */
function asText(name) {
  const element = document.createElement("span");
  element.textContent = name;
  return element;
}

async function draw() {
  const L = window.L;
  const map = L.map(box, { attributionControl: false, scrollWheelZoom: false });
  L.control.scale({ imperial: false }).addTo(map);
  addBaseMap(map);
  const zones = await read(`/api/v1/map/zones?event=${box.dataset.event}`);
  const outlines = JSON.parse(document.getElementById("event-outlines").textContent).map((outline) => L.geoJSON(outline, { style: { color: "#8794a3", weight: 1, fill: false }, interactive: false }));
  const colour = COLOURS[box.dataset.level] ?? COLOURS.ungraded;
  const drawn = L.geoJSON(zones, { style: { color: colour, weight: 2, fillColor: colour, fillOpacity: 0.2 }, onEachFeature: (zone, layer) => zone.properties.name && layer.bindTooltip(asText(zone.properties.name), { sticky: true }) });
  // The zones; of an event that has none the county around; where not even that has an outline there is nothing to look at.
  const around = outlines.reduce((bounds, outline) => bounds.extend(outline.getBounds()), L.latLngBounds([]));
  const bounds = drawn.getBounds().isValid() ? drawn.getBounds() : around;
  if (!bounds.isValid()) return void (box.closest("figure").hidden = true);
  map.fitBounds(bounds, { padding: [20, 20], maxZoom: 14 });
  for (const layer of [...outlines, drawn]) layer.addTo(map);
}

if (box) {
  draw().catch(() => {
    const note = document.createElement("p");
    note.className = "map-failed";
    note.textContent = box.dataset.failed;
    box.replaceWith(note);
  });
}
