// A drawn zone that changes an open event: which one, beside or instead of its zones, and what that would change.

import { element, number, t } from "gh/map/words.js";

export class Redrawing {
  /** `onChange` is called when another event or way was chosen. */
  constructor({ form, source, search, onChange }) {
    Object.assign(this, { form, source });
    this.select = form?.elements.target ?? null;
    this.seen = null;
    if (!this.select) return;
    const asked = new URLSearchParams(search).get("event");
    if (asked && [...this.select.options].some(({ value }) => value === asked)) this.select.value = asked;
    this.#show({ withLevel: true });
    this.select.addEventListener("change", () => {
      this.#show({ withLevel: true });
      onChange();
    });
    for (const field of form.querySelectorAll("[name=how], [name=level]")) field.addEventListener("change", () => this.event && onChange());
  }

  /** The number of the event that is changed, null for a new one. */
  get event() {
    return this.select?.value || null;
  }

  /** What the event would be with the shape; until it is answered nothing can be saved. */
  async ask(question) {
    const found = await this.source.redrawn(this.event, this.#body(question));
    this.seen = { question, revision: found.revision };
    return found;
  }

  /** Whether the difference that is shown is that of `question`. */
  allow(isSeen) {
    const save = this.form?.querySelector("[data-saves]");
    if (save) save.disabled = !isSeen;
  }

  async save(question) {
    const { event } = await this.source.redraw(this.event, { ...this.#body(question), revision: this.seen?.revision });
    location.assign(`/events/${event}`);
  }

  #body(question) {
    const { how, level } = this.form.elements;
    return { ...question, adds: how.value === "add", level: level.value };
  }

  #show({ withLevel }) {
    const isEvent = Boolean(this.event);
    for (const part of this.form.querySelectorAll("[data-for]")) part.hidden = (part.dataset.for === "event") !== isEvent;
    // What is hidden is not asked for.
    this.form.elements.name.disabled = isEvent;
    if (withLevel && isEvent) this.form.elements.level.value = this.select.selectedOptions[0].dataset.level;
  }
}

/** Who comes, goes and stays, and which work is kept. */
export function difference(found) {
  const { of_added: added, of_left: left, of_kept: kept, work_of_left: work, level, level_before: before } = found;
  const cell = (value) => element("td", { class: "number" }, number(value));
  const row = (name, one) => element("tr", {}, element("th", { scope: "row" }, name), cell(one.households), element("td", { class: "number" }, number(one.people), one.unsized ? element("div", { class: "gh-muted" }, t("另{n}户未填人数", { n: number(one.unsized) })) : null), cell(one.houses));
  const stays = work.inspections_stay + work.moves_stay > 0;
  return element("section", { class: "gh-difference", "data-shows": "difference" },
    element("table", { class: "table gh-townships" },
      element("thead", {}, element("tr", {}, element("th", {}, t("与现在的范围相比")), ...[t("户"), t("人"), t("栋")].map((name) => element("th", { class: "number" }, name)))),
      element("tbody", {}, row(t("新增"), added), row(t("移出"), left), row(t("保留"), kept))),
    stays ? element("p", { class: "gh-hint" }, element("strong", {}, t("移出的农房中，已开始排查的 {n} 栋、已经转移的 {m} 户不撤销。", { n: number(work.inspections_stay), m: number(work.moves_stay) }))) : null,
    work.inspections_go + work.moves_go ? element("p", { class: "gh-hint" }, t("还没有开始排查的 {n} 栋、还没有转移的 {m} 户，要在事件页上确认后才撤销。", { n: number(work.inspections_go), m: number(work.moves_go) })) : null,
    level !== before ? element("p", { class: "gh-hint" }, t("事件级别随之改变。")) : null,
    element("h3", {}, t("改动后全事件")));
}
