// One house to place: drag its marker, tap the map, type the coordinates, or stand in front of it with the phone.
import { addBaseMap } from "../frame/base_map.js";

const L = window.L;
const data = JSON.parse(document.getElementById("locate-data").textContent);
const box = document.getElementById("locate-map");
const form = document.getElementById("locate-form");
const hint = document.getElementById("locate-moved");
const { lon: lonField, lat: latField } = form.elements;
const DIGITS = 7;

const map = L.map(box, { attributionControl: false });
addBaseMap(map);
L.control.scale({ imperial: false }).addTo(map);
const was = data.point && L.latLng(data.point[1], data.point[0]);
// A map without a view cannot place labels.
map.on("zoomend", () => box.classList.toggle("from-afar", map.getZoom() < 12));
look();
box.classList.toggle("from-afar", map.getZoom() < 12);
const villages = L.layerGroup().addTo(map);
for (const outline of data.outlines) {
  const declared = outline.code === data.declared;
  const layer = L.geoJSON(JSON.parse(outline.geojson), {
    style: declared ? { color: "#173a66", weight: 2.5, fillColor: "#173a66", fillOpacity: 0.08 } : { color: "#8794a3", weight: 1, fillColor: "#8794a3", fillOpacity: 0.02 },
    interactive: false,
  }).addTo(villages);
  layer.bindTooltip(plain(outline.name), { permanent: true, direction: "center", className: declared ? "village-name village-declared" : "village-name" });
}
for (const house of data.neighbours)
  L.circleMarker([house.lat, house.lon], { radius: 4, weight: 1, color: "#44505c", fillColor: `var(--risk-${house.risk})`, fillOpacity: 0.9, className: `near near-${house.risk}` })
    .bindTooltip(plain(house.code))
    .addTo(map);

const pin = L.divIcon({ className: "", html: '<span class="pin"></span>', iconSize: [28, 36], iconAnchor: [14, 34] });
let marker = null;
if (was) {
  L.circleMarker(was, { radius: 6, color: "#173a66", weight: 2, fill: false, dashArray: "3 3", interactive: false }).addTo(map);
  put(was);
}
if (data.proposed) {
  const wanted = L.latLng(data.proposed[1], data.proposed[0]);
  L.circleMarker(wanted, { radius: 11, color: "#d55e00", weight: 2, fill: false, dashArray: "4 4", interactive: false }).addTo(map);
  put(wanted);
  typed(wanted);
}

map.on("click", (event) => {
  put(event.latlng);
  typed(event.latlng);
});
for (const field of [lonField, latField])
  field.addEventListener("change", () => {
    const [lon, lat] = [Number(lonField.value), Number(latField.value)];
    if (!lonField.value || !latField.value || !Number.isFinite(lon) || !Number.isFinite(lat) || Math.abs(lat) > 90) return;
    put(L.latLng(lat, lon));
    map.panTo([lat, lon]);
    say(L.latLng(lat, lon));
  });
if (navigator.geolocation && window.isSecureContext) map.addControl(hereControl());

// Leaflet reads a text as HTML; names and codes are texts from files.
function plain(text) {
  const element = document.createElement("span");
  element.textContent = text;
  return element;
}

// The declared village and the point together: what somebody compares. Where neither is known, the area of who looks.
// Who tells two houses on one point apart looks at the yards around it.
function look() {
  if (was && data.near) return map.setView(was, 17);
  const bounds = L.latLngBounds([]);
  const declared = data.outlines.find((outline) => outline.code === data.declared);
  if (declared) bounds.extend(L.geoJSON(JSON.parse(declared.geojson)).getBounds());
  const proposed = data.proposed && L.latLng(data.proposed[1], data.proposed[0]);
  if (was) bounds.extend(was);
  if (proposed) bounds.extend(proposed);
  if (!declared && !was) for (const outline of data.outlines) bounds.extend(L.geoJSON(JSON.parse(outline.geojson)).getBounds());
  if (bounds.isValid() && !bounds.getNorthEast().equals(bounds.getSouthWest())) map.fitBounds(bounds, { padding: [24, 24], maxZoom: 17 });
  else if (was ?? proposed) map.setView(was ?? proposed, 16);
  else {
    const [west, south, east, north] = data.area;
    map.fitBounds([[south, west], [north, east]]);
  }
}

function put(place) {
  if (marker) return marker.setLatLng(place);
  marker = L.marker(place, { icon: pin, draggable: true, autoPan: true, zIndexOffset: 1000 }).addTo(map);
  marker.on("drag", () => typed(marker.getLatLng()));
  return marker;
}

function typed(place) {
  lonField.value = place.lng.toFixed(DIGITS);
  latField.value = place.lat.toFixed(DIGITS);
  say(place);
}

function say(place) {
  if (was) hint.textContent = `${box.dataset.moved} ${Math.round(map.distance(was, place)).toLocaleString()} ${box.dataset.metres}`;
}

function hereControl() {
  const control = L.control({ position: "topright" });
  control.onAdd = () => {
    const button = L.DomUtil.create("button", "btn btn-sm here");
    button.type = "button";
    button.textContent = box.dataset.here;
    L.DomEvent.disableClickPropagation(button);
    button.addEventListener("click", () => map.locate({ enableHighAccuracy: true, timeout: 15000 }));
    return button;
  };
  map.on("locationfound", (event) => {
    put(event.latlng);
    typed(event.latlng);
    map.setView(event.latlng, 18);
  });
  map.on("locationerror", (event) => (hint.textContent = event.message));
  return control;
}
