// The same rows as a table under the map; hovering or focusing links both ways, works without WebGL and by keyboard.

import { boxOf } from "gh/map/state.js";
import { LastOne, wasAborted } from "gh/map/source.js";
import { isUnsigned } from "gh/map/sprites.js";
import { element, label, number, t } from "gh/map/words.js";

export class Table {
  constructor({ root, map, source, state, report, onRow }) {
    Object.assign(this, { root, map, source, state, report, onRow });
    this.body = root.querySelector("tbody");
    this.more = root.querySelector("[data-does=more]");
    this.note = root.querySelector("[data-shows=note]");
    this.asking = new LastOne();
    this.more.addEventListener("click", () => this.#load(this.next));
    root.querySelector("[data-does=close-table]").addEventListener("click", () => state.change({ table: false }));
    for (const [kind, put] of [["mouseover", true], ["focusin", true], ["mouseleave", false], ["focusout", false]])
      this.body.addEventListener(kind, (event) => onRow(put ? this.houses.get(event.target.closest("tr")?.dataset.code) : null));
    this.houses = new Map();
    this.draw();
  }

  draw() {
    const changed = this.root.hidden === this.state.table;
    this.root.hidden = !this.state.table;
    if (changed) this.map.invalidateSize({ pan: false });
    if (this.state.table) this.load();
  }

  load() {
    if (this.state.table) this.#load(null);
  }

  /** Mark the row of the house under the pointer. */
  mark(code) {
    this.body.querySelector(".gh-marked")?.classList.remove("gh-marked");
    const row = code && this.body.querySelector(`tr[data-code="${CSS.escape(code)}"]`);
    if (!row) return;
    row.classList.add("gh-marked");
    row.scrollIntoView({ block: "nearest" });
  }

  async #load(cursor) {
    this.root.setAttribute("aria-busy", "true");
    try {
      const page = await this.asking.ask((signal) => this.source.rows(this.state.filter(), boxOf(this.map), cursor, signal));
      if (!cursor) {
        this.houses.clear();
        this.body.replaceChildren();
        this.root.querySelector(".gh-rows").scrollTop = 0;
      }
      for (const house of page.items) this.houses.set(house.house_code, house);
      this.body.append(...page.items.map((house) => this.#row(house)));
      this.next = page.next;
      this.more.hidden = !page.next;
      this.note.textContent = this.houses.size ? t("已列出 {n} 栋", { n: number(this.houses.size) }) : t("视野内没有符合条件的房屋。放大范围，或清除筛选。");
      this.report(null);
    } catch (error) {
      if (wasAborted(error)) return;
      this.note.textContent = t("没有读到，请重试。");
      this.report(error);
    } finally {
      this.root.removeAttribute("aria-busy");
    }
  }

  #row(house) {
    const mark = element("span", { class: "grade" }, element("span", { class: `grade-mark grade-${house.risk}${isUnsigned(house) ? " grade-unsigned" : ""}`, "aria-hidden": "true" }, { suspected: t("疑"), none: t("未") }[house.risk] ?? house.risk), label("risk", house.risk));
    const code = this.source.isEmbedded ? house.house_code : element("a", { class: "row-link", href: `/houses/${encodeURIComponent(house.house_code)}` }, house.house_code);
    return element("tr", { "data-code": house.house_code, class: "linked" },
      element("td", {}, mark),
      element("td", {}, code),
      element("td", {}, [house.township, house.village].filter(Boolean).join(" · ") || "—"),
      element("td", {}, house.structure ? label("structure", house.structure) : "—"),
      element("td", { class: "number" }, house.built_year ?? "—"),
      element("td", { class: "number" }, house.area_m2 ?? "—"),
      element("td", {}, house.occupancy ? label("occupancy", house.occupancy) : "—"),
      element("td", {}, label("renovation", house.renovation)));
  }
}
