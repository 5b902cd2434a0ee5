// Zones of open events and standing risk areas: polygons over the villages, under the houses.

import { popupOf } from "gh/map/popup.js";
import { LastOne, wasAborted } from "gh/map/source.js";
import { colourOf } from "gh/map/sprites.js";
import { Parts } from "gh/map/status.js";
import { element, label, labels, moment, t } from "gh/map/words.js";

const L = window.L;

export class Overlays {
  constructor({ map, source, pane, report }) {
    Object.assign(this, { map, source, pane });
    this.parts = new Parts(report);
    // By event what is drawn of it, and the question for it that may still be on its way.
    this.zones = new Map();
    this.standing = null;
    this.askingStanding = new LastOne();
  }

  /** Show the zones of these events and no others. */
  async showEvents(ids) {
    for (const [id, { asking, drawn }] of this.zones) {
      if (ids.includes(id)) continue;
      asking.stop();
      drawn?.remove();
      this.zones.delete(id);
      this.parts.report(id, null);
    }
    await Promise.all(ids.filter((id) => !this.zones.has(id)).map((id) => this.#addEvent(id)));
  }

  async showStanding(wanted) {
    this.standing?.remove();
    this.standing = null;
    if (!wanted) {
      this.askingStanding.stop();
      this.parts.report("standing", null);
      return;
    }
    try {
      const areas = await this.askingStanding.ask((signal) => this.source.standingAreas(signal));
      const style = { color: "#6b4423", weight: 1.5, dashArray: "2 4", fillColor: "#6b4423", fillOpacity: 0.1, pane: this.pane };
      this.standing = this.#layer(areas, () => style, (place) => [place.name || t("灾害易发地"), kindAndPlace(place)]);
      this.standing.on("click", (event) => this.isFree?.(event.containerPoint) && this.#openStanding(event));
      this.parts.report("standing", null);
    } catch (error) {
      if (!wasAborted(error)) this.parts.report("standing", error);
    }
  }

  async #addEvent(id) {
    const own = { asking: new LastOne(), drawn: null };
    this.zones.set(id, own);
    try {
      const zones = await own.asking.ask((signal) => this.source.zones(id, signal));
      // Switched off and on meanwhile: that is another one's answer.
      if (this.zones.get(id) !== own) return;
      const style = ({ properties }) => {
        const colour = colourOf("level", properties.level ?? "ungraded");
        return { color: colour, weight: 2.5, fillColor: colour, fillOpacity: 0.13, dashArray: properties.mode === "drill" ? "8 6" : null, pane: this.pane };
      };
      const lines = (zone) => [
        (zone.event_name ?? zone.name ?? "").replace("【演练】", t("【演练】")),
        labels(["event_kind", zone.kind], ["level", zone.level ?? "ungraded"], ["event_phase", zone.phase]),
        zone.made_at ? t("划定 {at}", { at: moment(zone.made_at) }) : null,
      ];
      own.drawn = this.#layer(zones, style, lines);
      this.parts.report(id, null);
      // Who answers for a place is asked above all where a warning lies over it.
      this.standing?.bringToFront();
    } catch (error) {
      if (this.zones.get(id) !== own) return;
      this.zones.delete(id);
      this.parts.report(id, error);
    }
  }

  /** What is known of a standing area, who answers for it, and the way to its page. */
  #openStanding({ latlng, layer }) {
    this.standing.closeTooltip();
    const place = layer.feature.properties;
    const said = [[t("措施"), place.measures], [t("转移路线"), place.route], [t("安置点"), place.shelter]].filter(([, text]) => text);
    const content = element("div", { class: "gh-standing" },
      element("div", { class: "gh-popup-head" }, element("strong", {}, place.name || t("灾害易发地"))),
      element("div", { class: "gh-muted" }, kindAndPlace(place)),
      ...(place.people ?? []).map((one) => element("div", { class: "gh-person" }, element("span", { class: "gh-muted" }, one.duty), ` ${one.name} `, this.#phone(place, one))),
      place.people?.length === 0 ? element("div", { class: "late" }, t("没有登记责任人")) : null,
      said.length ? element("dl", { class: "facts" }, ...said.flatMap(([name, text]) => [element("dt", {}, name), element("dd", {}, text)])) : null,
      this.source.isEmbedded ? null : element("div", { class: "gh-popup-foot" }, element("a", { class: "gh-popup-open", href: `/events/standing/${place.zone_id}` }, t("打开 →"))));
    popupOf({ maxWidth: 320, minWidth: 220 }).setLatLng(latlng).setContent(content).openOn(this.map);
    window.htmx?.process(content);
  }

  /** The number as everybody sees it; for those entitled the tap that shows it whole, which is journalled. */
  #phone(place, { id, phone }) {
    if (!phone || !this.mayReveal) return phone ?? "";
    const address = `/events/standing/${place.zone_id}/persons/${id}/phone`;
    return element("form", { class: "gh-phone", method: "post", action: address },
      element("input", { type: "hidden", name: "csrf_token", value: this.source.csrfToken }),
      element("button", { class: "btn btn-sm", "hx-post": address, "hx-target": "this", "hx-swap": "outerHTML", "aria-label": t("显示电话") }, `☎ ${phone}`));
  }

  #layer(features, style, lines) {
    const made = L.geoJSON(features, { style, pane: this.pane, bubblingMouseEvents: true });
    made.bindTooltip(({ feature }) => element("div", {}, ...lines(feature.properties).filter(Boolean).map((line, place) => element(place ? "div" : "strong", {}, line))), { sticky: true, className: "gh-tip", opacity: 1 });
    return made.addTo(this.map);
  }
}

function kindAndPlace({ kind, place }) {
  return [kind ? label("event_kind", kind) : null, place].filter(Boolean).join(" · ");
}
