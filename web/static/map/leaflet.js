// Leaflet as a module, for packages that import it: there is one Leaflet in the page, the one that Folium's map was made with.

export default window.L;
