// The small map of a house's page: its village's outline and its point, and a base map where the county has one.
import { addBaseMap } from "../frame/base_map.js";

const L = window.L;
const data = JSON.parse(document.getElementById("small-map-data").textContent);
const box = document.getElementById("small-map");

const map = L.map(box, { scrollWheelZoom: false, attributionControl: false, zoomSnap: 0.5 });
addBaseMap(map);
const outlines = L.geoJSON(
  data.outlines.map((outline) => ({ type: "Feature", properties: outline, geometry: JSON.parse(outline.geojson) })),
  { style: (feature) => style(feature.properties), interactive: false },
).addTo(map);

L.marker([data.lat, data.lon], {
  icon: L.divIcon({ className: "", html: `<span class="grade-mark grade-${box.dataset.risk} map-mark">${data.letter}</span>`, iconSize: [24, 24] }),
  interactive: false,
  keyboard: false,
}).addTo(map);

const own = data.outlines.find((outline) => outline.own);
if (own) map.fitBounds(L.geoJSON(JSON.parse(own.geojson)).getBounds(), { padding: [12, 12] });
else if (data.outlines.length) map.fitBounds(outlines.getBounds(), { padding: [12, 12] });
else map.setView([data.lat, data.lon], 14);
if (!map.getBounds().contains([data.lat, data.lon])) map.panTo([data.lat, data.lon], { animate: false });

function style(outline) {
  return outline.own
    ? { color: "#173a66", weight: 2, fillColor: "#173a66", fillOpacity: 0.07 }
    : { color: "#9aa7b5", weight: 1, fill: false };
}
