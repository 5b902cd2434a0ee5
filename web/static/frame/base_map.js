// The base map under the small maps of pages, where the county has set one; source and 审图号 stand on it.

/** Put the county's base map under what `map` (Leaflet) shows; nothing without one. */
export function addBaseMap(map) {
  const L = window.L;
  const told = document.getElementById("base-map");
  const { layers, deepest, note } = told ? JSON.parse(told.textContent) : { layers: [] };
  for (const layer of layers) L.tileLayer(layer.address, { subdomains: layer.hosts, maxNativeZoom: deepest, maxZoom: 22 }).addTo(map);
  if (!layers.length || !note) return;
  const control = L.control({ position: "bottomright" });
  control.onAdd = () => {
    const box = L.DomUtil.create("div", "leaflet-control-attribution");
    box.textContent = note;
    return box;
  };
  control.addTo(map);
}
