// Zones of open events and standing risk areas: polygons over the villages, under the houses.

import { LastOne, wasAborted } from "gh/map/source.js";
import { colourOf } from "gh/map/sprites.js";
import { element, label, moment, t } from "gh/map/words.js";

const L = window.L;

export class Overlays {
  constructor({ map, source, pane, report }) {
    Object.assign(this, { map, source, pane, report });
    this.zones = new Map();
    this.standing = null;
    this.askingStanding = new LastOne();
  }

  /** Show the zones of these events and no others. */
  async showEvents(ids) {
    for (const [id, layer] of this.zones) {
      if (ids.includes(id)) continue;
      layer?.remove();
      this.zones.delete(id);
    }
    await Promise.all(ids.filter((id) => !this.zones.has(id)).map((id) => this.#addEvent(id)));
  }

  async showStanding(wanted) {
    this.standing?.remove();
    this.standing = null;
    if (!wanted) return;
    try {
      const areas = await this.askingStanding.ask((signal) => this.source.standingAreas(signal));
      const style = { color: "#6b4423", weight: 1.5, dashArray: "2 4", fillColor: "#6b4423", fillOpacity: 0.1, pane: this.pane };
      this.standing = this.#layer(areas, () => style, (place) => [
        place.name || t("灾害易发地"),
        [label("event_kind", place.kind), place.place].filter(Boolean).join(" · "),
        ...(place.people ?? []).map((one) => [t(one.duty), one.name, one.phone].filter(Boolean).join(" ")),
        place.measures ? t("措施：{text}", { text: place.measures }) : null,
        place.route ? t("路线：{text}", { text: place.route }) : null,
        place.shelter ? t("安置点：{text}", { text: place.shelter }) : null,
      ]);
    } catch (error) {
      if (!wasAborted(error)) this.report(error);
    }
  }

  boundsOf(id) {
    return this.zones.get(id)?.getBounds();
  }

  async #addEvent(id) {
    this.zones.set(id, null);
    try {
      const zones = await this.source.zones(id);
      if (!this.zones.has(id)) return;
      const style = ({ properties }) => {
        const colour = colourOf("level", properties.level ?? "ungraded");
        return { color: colour, weight: 2.5, fillColor: colour, fillOpacity: 0.13, dashArray: properties.mode === "drill" ? "8 6" : null, pane: this.pane };
      };
      const lines = (zone) => [
        `${zone.mode === "drill" ? t("【演练】") : ""}${zone.event_name ?? zone.name ?? ""}`,
        `${label("event_kind", zone.kind)} · ${label("level", zone.level)} · ${label("event_phase", zone.phase)}`,
        zone.made_at ? t("划定 {at}", { at: moment(zone.made_at) }) : null,
      ];
      this.zones.set(id, this.#layer(zones, style, lines));
    } catch (error) {
      this.zones.delete(id);
      this.report(error);
    }
  }

  #layer(features, style, lines) {
    const made = L.geoJSON(features, { style, pane: this.pane, bubblingMouseEvents: true });
    made.bindTooltip(({ feature }) => element("div", {}, ...lines(feature.properties).filter(Boolean).map((line, place) => element(place ? "div" : "strong", {}, line))), { sticky: true, className: "gh-tip", opacity: 1 });
    return made.addTo(this.map);
  }
}
