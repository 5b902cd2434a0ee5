// Without WebGL: the houses of the chosen township as ordinary Leaflet markers, put together by village, opened by click or Enter.
// All of them are asked at once, so that the numbers on the villages add up to what the filter holds in that township.

import { LastOne, wasAborted } from "gh/map/source.js";
import { colourOf, isUnsigned, orderOf } from "gh/map/sprites.js";
import { shortName } from "gh/map/villages.js";
import { element, label, number, t } from "gh/map/words.js";

const L = window.L;
const TOWNSHIP_DIGITS = 9;
// Houses of a township may stand anywhere: a doubtful point is on the map, too.
const EVERYWHERE = "-180,-85,180,85";
const HOUSES_FROM = 14;
const MOST_IN_VIEW = 600;
const PADDING = 0.1;
const MARKED = ["C", "D", "suspected"];

export class VillageMarkers {
  constructor({ map, source, state, popups, isDrawing, report }) {
    Object.assign(this, { map, source, state, popups, isDrawing, report });
    this.layer = L.layerGroup().addTo(map);
    this.asking = new LastOne();
    this.villages = null;
    map.on("moveend", () => this.draw());
  }

  /** Whether a township (or a village of it) is chosen. What stood there before goes at once. */
  get takesOver() {
    const isChosen = this.state.area.length >= TOWNSHIP_DIGITS;
    if (!isChosen) this.#leave();
    return isChosen;
  }

  /** Show the houses of the chosen township; false when they are too many for single markers. */
  async show(filter) {
    try {
      const found = await this.asking.ask((signal) => this.source.points("houses", filter, EVERYWHERE, HOUSES_FROM, signal));
      if (found.kind !== "houses") return this.#leave();
      this.villages = byVillage(found.items);
      this.report(null);
      this.draw();
    } catch (error) {
      // Whoever asked later draws. What stood there was the answer to another question: it goes, and the banner says why.
      if (wasAborted(error)) return true;
      this.#leave();
      this.report(error);
    }
    return true;
  }

  draw() {
    this.layer.clearLayers();
    if (!this.villages) return;
    const bounds = this.map.getBounds().pad(PADDING);
    const isNear = this.map.getZoom() >= HOUSES_FROM;
    const inView = isNear ? [...this.villages.values()].flat().filter(({ lat, lon }) => bounds.contains([lat, lon])) : [];
    if (isNear && inView.length <= MOST_IN_VIEW) {
      const { by } = this.state;
      inView.sort((one, other) => orderOf(by, one[by]) - orderOf(by, other[by]));
      for (const house of inView) this.layer.addLayer(this.#house(house));
      return;
    }
    for (const [code, houses] of this.villages) this.layer.addLayer(this.#village(code, houses));
  }

  #leave() {
    this.asking.stop();
    this.villages = null;
    this.layer.clearLayers();
    return false;
  }

  #village(code, houses) {
    const name = shortName(houses[0].village ?? t("未归入村"));
    const marked = MARKED.map((risk) => [risk, houses.filter((house) => house.risk === risk).length]).filter(([, n]) => n);
    const told = `${name}：${t("{n} 栋", { n: number(houses.length) })}${marked.map(([risk, n]) => ` ${label("risk", risk)} ${number(n)}`).join("")}`;
    const icon = L.divIcon({ className: "gh-village-marker", html: element("div", {}, element("b", {}, number(houses.length)), element("span", {}, name)), iconSize: null });
    const made = L.marker(middleOf(houses), { icon, title: told, alt: told, keyboard: true, riseOnHover: true });
    pressed(made, () => {
      if (this.isDrawing()) return;
      const bounds = L.latLngBounds(houses.map(({ lat, lon }) => [lat, lon]));
      this.map.fitBounds(bounds, { maxZoom: 17, padding: [40, 40] });
      if (this.map.getZoom() < HOUSES_FROM) this.map.setView(bounds.getCenter(), HOUSES_FROM);
    });
    return made;
  }

  #house(house) {
    const { by } = this.state;
    const letter = { suspected: t("疑"), none: t("未") }[house.risk] ?? house.risk;
    const mark =
      by === "risk"
        ? element("span", { class: `grade-mark grade-${house.risk}${isUnsigned(house) ? " grade-unsigned" : ""}` }, letter)
        : element("span", { class: "gh-square", style: `--colour: ${colourOf(by, house[by])}` });
    const told = `${label("risk", house.risk)} ${label("renovation", house.renovation)} ${house.house_code ?? ""}`;
    const made = L.marker([house.lat, house.lon], { icon: L.divIcon({ className: "gh-house-marker", html: mark, iconSize: [20, 20] }), title: told, alt: told, keyboard: true, riseOnHover: true, zIndexOffset: 1000 * orderOf(by, house[by]) });
    pressed(made, () => this.isDrawing() || this.popups.open(house));
    return made;
  }
}

/** By pointer or by Enter: Leaflet gives a marker the focus, but no key. */
function pressed(marker, does) {
  marker.on("click", does);
  marker.on("keypress", ({ originalEvent }) => originalEvent.key === "Enter" && does());
}

/** Houses by the village that is responsible for them, whatever lies at their point. */
function byVillage(houses) {
  const found = new Map();
  for (const house of houses) {
    const others = found.get(house.area_code);
    if (others) others.push(house);
    else found.set(house.area_code, [house]);
  }
  return found;
}

function middleOf(houses) {
  const sum = houses.reduce(([lat, lon], house) => [lat + house.lat, lon + house.lon], [0, 0]);
  return sum.map((part) => part / houses.length);
}
