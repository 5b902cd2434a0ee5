// What a click on a house, a cluster or an inspection shows.

import { wasAborted } from "gh/map/source.js";
import { isUnsigned } from "gh/map/sprites.js";
import { element, label, labels, number, t } from "gh/map/words.js";

const L = window.L;
const FULL_ZOOM = 18;
const MOST_LISTED = 8;

// What lies over the map's upper edge: on a phone search and two rows of buttons.
const COVERED_TOP = { desk: 64, phone: 176 };
const PHONE = window.matchMedia("(max-width: 767px)");

/** A popup that opens clear of what lies over the map. */
export function popupOf(options) {
  const top = PHONE.matches ? COVERED_TOP.phone : COVERED_TOP.desk;
  return L.popup({ className: "gh-popup", maxWidth: 300, autoPanPaddingTopLeft: [24, top], autoPanPaddingBottomRight: [24, 24], ...options });
}

export class Popups {
  constructor({ map, source, points, state, isDrawing }) {
    Object.assign(this, { map, source, points, state, isDrawing });
    map.on("click", (event) => this.#clicked(event));
    map.on("mousemove", L.Util.throttle((event) => this.#hovered(event), 60));
  }

  /** Open the popup of one house, known by its place and properties. */
  open(house) {
    const popup = popupOf({ minWidth: 210 })
      .setLatLng([house.lat, house.lon])
      .setContent(this.#house(house))
      .openOn(this.map);
    this.source
      .house(house.house_code)
      .then((full) => popup.isOpen() && popup.setContent(this.#house({ ...house, ...full })))
      .catch((error) => {
        if (!wasAborted(error) && popup.isOpen()) popup.setContent(this.#house(house, error.sentence ?? t("没有读到户内信息")));
      });
  }

  #clicked({ containerPoint, originalEvent }) {
    if (this.isDrawing() || originalEvent.target.closest?.(".leaflet-popup, .leaflet-control")) return;
    const found = distinct(this.points.at(containerPoint));
    if (!found.length) return;
    const [first] = found;
    if (first.kind === "cluster") this.#openCluster(first);
    else if (found.length === 1) this.#openOne(first);
    else if (this.map.getZoom() < FULL_ZOOM && !samePlace(found)) this.map.setView([first.lat, first.lon], Math.min(FULL_ZOOM, this.map.getZoom() + 2));
    else this.#openList(found);
  }

  #openOne(found) {
    if (found.kind === "inspection") this.#openInspection(found);
    else this.open(found);
  }

  #openCluster(cluster) {
    this.map.setView([cluster.lat, cluster.lon], Math.min(FULL_ZOOM, this.map.getZoom() + 2));
  }

  #openInspection(found) {
    const content = element("div", {},
      element("div", { class: "gh-popup-head" }, element("strong", {}, t("应急排查")), " ", labels(["inspection_state", found.state]), found.overdue ? element("span", { class: "late" }, ` ${t("逾期")}`) : null),
      element("div", {}, [found.village, found.event_name?.replace("【演练】", t("【演练】"))].filter(Boolean).join(" · ")),
      found.result ? element("div", {}, label("check_result", found.result)) : null,
      element("a", { class: "gh-popup-open", href: `/inspections/${found.inspection_id}` }, t("打开 →")));
    popupOf().setLatLng([found.lat, found.lon]).setContent(content).openOn(this.map);
  }

  /** Houses on one point: a list to choose from. */
  #openList(found) {
    const rows = found.slice(0, MOST_LISTED).map((item) => element("button", { type: "button", class: "gh-popup-row", onclick: () => this.#openOne(item) }, this.#mark(item), ` ${item.house_code ?? ""}`));
    const more = found.length > MOST_LISTED ? element("div", { class: "gh-muted" }, t("还有 {n} 栋", { n: number(found.length - MOST_LISTED) })) : null;
    const content = element("div", {}, element("div", { class: "gh-popup-head" }, t("这里有 {n} 栋", { n: number(found.length) })), ...rows, more);
    popupOf().setLatLng([found[0].lat, found[0].lon]).setContent(content).openOn(this.map);
  }

  #mark(house) {
    const letter = { suspected: t("疑"), none: t("未") }[house.risk] ?? house.risk;
    return element("span", { class: `grade-mark grade-${house.risk}${isUnsigned(house) ? " grade-unsigned" : ""}`, "aria-hidden": "true" }, letter);
  }

  #house(house, failed = null) {
    const basis = house.grade ? `${label("grade_basis", house.grade_basis)}${house.graded_on ? ` ${house.graded_on}` : ""}` : "";
    const building = [
      house.structure ? label("structure", house.structure) : null,
      house.built_year ? t("{year}年", { year: house.built_year }) : null,
      house.storeys ? t("{n}层", { n: house.storeys }) : null,
      house.area_m2 ? `${number(house.area_m2)} ㎡` : null,
    ].filter(Boolean).join(" · ");
    const people = house.people == null ? null : [peopleOf(house), ...(house.traits ?? []).map((code) => label("trait", code))].join(" · ");
    const lines = [
      building,
      people,
      house.occupancy ? label("occupancy", house.occupancy) : null,
      house.risk === "C" || house.risk === "D" || house.renovation_year ? renovationOf(house) : null,
      house.measure ? label("measure", house.measure) : null,
    ].filter(Boolean);
    return element("div", {},
      element("div", { class: "gh-popup-head" }, this.#mark(house), element("strong", {}, label("risk", house.risk)), element("span", { class: "gh-muted" }, basis)),
      element("div", { class: "gh-muted" }, [house.township, house.village ?? house.declared_village].filter(Boolean).join(" · ")),
      house.head ? element("div", {}, house.head) : null,
      ...lines.map((line) => element("div", {}, line)),
      failed ? element("div", { class: "late" }, failed) : null,
      element("div", { class: "gh-popup-foot" }, element("span", { class: "gh-muted" }, house.house_code), this.source.isEmbedded ? null : element("a", { class: "gh-popup-open", href: `/houses/${encodeURIComponent(house.house_code)}` }, t("打开 →"))));
  }

  #hovered({ containerPoint }) {
    const [found] = this.points.at(containerPoint);
    this.map.getContainer().classList.toggle("gh-over", Boolean(found));
    this.onHover?.(found?.kind === "house" ? found : null);
  }
}

/** People of a house; where nobody counted them, that. */
function peopleOf({ people, households_without_size: unsized }) {
  if (!unsized) return t("{n}人", { n: number(people) });
  return people ? t("{n}人，另{m}户未填人数", { n: number(people), m: number(unsized) }) : t("人数未填");
}

/** How far the renovation is, with the year of its annual ledger where it is known. */
function renovationOf(house) {
  const status = label("renovation", house.renovation);
  return house.renovation_year ? `${status} · ${t("{year}年度", { year: house.renovation_year })}` : status;
}

function distinct(found) {
  const seen = new Set();
  return found.filter((item) => {
    const key = `${item.kind}|${item.house_code ?? item.inspection_id ?? `${item.lon},${item.lat}`}`;
    return !seen.has(key) && seen.add(key);
  });
}

function samePlace(found) {
  return found.every((item) => Math.abs(item.lon - found[0].lon) < 1e-6 && Math.abs(item.lat - found[0].lat) < 1e-6);
}
