// The panel at the left: colouring, legend that is the filter, area, category, occupancy, zones, figures of what is in view.

import { addressOf } from "gh/map/state.js";
import { element, number, t } from "gh/map/words.js";

export class Panel {
  constructor({ root, state, map }) {
    Object.assign(this, { root, state, map });
    for (const radio of root.querySelectorAll("input[name=by]")) radio.addEventListener("change", () => state.change({ by: radio.value }));
    root.addEventListener("click", (event) => this.#legendClicked(event));
    this.#bind("area", "change", (field) => ({ area: field.value }));
    this.#bind("category", "change", (field) => ({ category: field.value ? [field.value] : [] }));
    this.#bind("occupancy", "change", (field) => ({ livedIn: field.checked }));
    this.#bind("standing", "change", (field) => ({ standing: field.checked }));
    this.#bind("inspections", "change", (field) => ({ inspections: Number(field.value) || 0, state: [] }));
    this.#bind("measure", "change", (field) => ({ measure: field.value }));
    const lines = [...root.querySelectorAll("input[name=lines]")];
    for (const box of lines) box.addEventListener("change", () => state.change({ lines: lines.filter((one) => one.checked).map((one) => one.value) }));
    for (const box of root.querySelectorAll("input[name=zone]")) box.addEventListener("change", () => state.change({ events: this.#chosenEvents() }));
    root.querySelector("[data-does=reset]")?.addEventListener("click", () => state.change({ risk: [], renovation: [], category: [], area: "", livedIn: false }));
    state.onChange(() => this.draw());
    this.draw();
  }

  /** Show the state in every control. */
  draw() {
    const { root, state } = this;
    for (const radio of root.querySelectorAll("input[name=by]")) radio.checked = radio.value === state.by;
    for (const list of root.querySelectorAll("[data-legend]")) list.hidden = list.dataset.legend !== state.by;
    for (const row of root.querySelectorAll("[data-code]")) {
      const shown = state[row.dataset.list];
      row.setAttribute("aria-pressed", String(!shown.length || shown.includes(row.dataset.code)));
    }
    this.#set("area", (field) => (field.value = state.area));
    this.#set("category", (field) => (field.value = state.category[0] ?? ""));
    this.#set("occupancy", (field) => (field.checked = state.livedIn));
    this.#set("standing", (field) => (field.checked = state.standing));
    this.#set("inspections", (field) => (field.value = state.inspections || ""));
    this.#set("measure", (field) => (field.value = state.measure || field.options[0].value));
    const inspections = root.querySelector("[data-shows=inspections]");
    if (inspections) inspections.hidden = !state.inspections;
    for (const box of root.querySelectorAll("input[name=lines]")) box.checked = state.lines.includes(box.value);
    for (const box of root.querySelectorAll("input[name=zone]")) box.checked = state.events.includes(Number(box.value));
    const reset = root.querySelector("[data-does=reset]");
    if (reset) reset.hidden = !state.filterText();
    const other = root.querySelector("[data-shows=other]");
    const hidden = state.by === "risk" ? state.renovation : state.risk;
    if (other) other.hidden = !hidden.length;
  }

  /** Figures of what is in view; `counts` null when they could not be read: then no figure, never a zero. */
  show(counts) {
    for (const row of this.root.querySelectorAll("[data-list=risk], [data-list=renovation]")) {
      const figures = counts?.[`by_${row.dataset.list}`];
      const figure = row.querySelector("[data-figure]");
      figure.textContent = figures ? number(figures[row.dataset.code] ?? 0) : "—";
      row.classList.toggle("gh-zero", figures ? !figures[row.dataset.code] : false);
    }
    const total = this.root.querySelector("[data-shows=total]");
    total.replaceChildren(counts ? element("span", {}, t("视野内 {households} 户 · {houses} 栋", { households: number(counts.total_households), houses: number(counts.total_houses) })) : "—");
    const unlocated = this.root.querySelector("[data-shows=unlocated]");
    if (unlocated) {
      unlocated.hidden = !counts?.unlocated;
      const asked = this.state.filter();
      asked.set("location", "unlocated");
      if (counts?.unlocated) unlocated.replaceChildren(element("a", { href: `/houses?${asked}` }, t("另有待定位 {n} 栋，不在图上 →", { n: number(counts.unlocated) })));
    }
  }

  /** Figures of the inspections in view by state, null when they could not be read. */
  showInspections(counts) {
    for (const row of this.root.querySelectorAll("[data-list=state]"))
      row.querySelector("[data-figure]").textContent = counts ? number(counts.by_state[row.dataset.code] ?? 0) : "—";
    const overdue = this.root.querySelector("[data-shows=overdue]");
    if (!overdue) return;
    const parts = counts ? [counts.overdue ? t("逾期 {n} 栋", { n: number(counts.overdue) }) : null, counts.unlocated ? t("另有待定位 {n} 栋，不在图上", { n: number(counts.unlocated) }) : null] : [];
    overdue.textContent = parts.filter(Boolean).join(" · ");
    overdue.classList.toggle("late", Boolean(counts?.overdue));
  }

  link() {
    return addressOf(this.state, this.map);
  }

  #legendClicked(event) {
    const single = event.target.closest("[data-only]");
    const row = single ? null : event.target.closest("[data-code]");
    if (!single && !row) return;
    const list = single?.dataset.of ?? row.dataset.list;
    const code = single?.dataset.only ?? row.dataset.code;
    const all = [...this.root.querySelectorAll(`[data-list=${list}]`)].map((other) => other.dataset.code);
    const shown = this.state[list].length ? this.state[list] : all;
    let next = single ? [code] : shown.includes(code) ? shown.filter((other) => other !== code) : [...shown, code];
    // The same single class once more shows all again.
    if (single && shown.length === 1 && shown[0] === code) next = all;
    // None left would ask for nothing: that is everything again. All is no filter.
    this.state.change({ [list]: next.length === all.length || !next.length ? [] : all.filter((other) => next.includes(other)) });
  }

  #chosenEvents() {
    return [...this.root.querySelectorAll("input[name=zone]:checked")].map((box) => Number(box.value));
  }

  #bind(name, kind, patch) {
    const field = this.root.querySelector(`[name=${name}]`);
    field?.addEventListener(kind, () => this.state.change(patch(field)));
  }

  #set(name, put) {
    const field = this.root.querySelector(`[name=${name}]`);
    if (field) put(field);
  }
}
