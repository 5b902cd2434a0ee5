// The map's own search: flies to a house, village or township. A combobox as screen readers know it: the focus stays in the
// field, the arrow keys go through what was found, Enter goes there, Escape closes the list, and how much was found is said.

import { LastOne, wasAborted } from "gh/map/source.js";
import { element, number, t } from "gh/map/words.js";

const L = window.L;
const PAUSE_MS = 200;

export class Search {
  /** `onHouse(house)` opens the house once the map is there. */
  constructor({ form, map, source, onHouse, report }) {
    Object.assign(this, { map, source, onHouse, report });
    this.field = form.querySelector("input");
    this.list = form.querySelector("[role=listbox]");
    this.said = form.querySelector("[role=status]");
    this.asking = new LastOne();
    // What the list answers, and what can be chosen from it, in its order.
    this.answered = null;
    this.found = [];
    this.active = -1;
    this.field.addEventListener("input", () => {
      clearTimeout(this.pause);
      this.pause = setTimeout(() => this.#ask(), PAUSE_MS);
    });
    this.field.addEventListener("keydown", (event) => this.#key(event));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#enter();
    });
    // The focus stays in the field, the list is not closed under the pointer.
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.#go(this.found[this.#options().indexOf(event.target.closest("[role=option]"))]));
    form.addEventListener("focusout", (event) => form.contains(event.relatedTarget) || this.#close());
    document.addEventListener("click", (event) => form.contains(event.target) || this.#close());
    L.DomEvent.disableClickPropagation(form);
    L.DomEvent.disableScrollPropagation(form);
    // Typed before the map was there.
    if (document.activeElement === this.field) this.#ask();
  }

  async #ask() {
    clearTimeout(this.pause);
    const text = this.field.value.trim();
    if (!text) return this.#close();
    try {
      const answer = await this.asking.ask((signal) => this.source.search(text, signal));
      this.#show(answer?.groups ?? []);
      this.answered = text;
      this.report(null);
    } catch (error) {
      if (wasAborted(error)) return;
      this.#close();
      this.report(error);
    }
  }

  #show(groups) {
    const listed = groups.map(({ label, items }) => [label, (items ?? []).filter(({ text }) => text)]).filter(([, items]) => items.length);
    this.found = listed.flatMap(([, items]) => items);
    const none = t("没有找到。可以输入房屋编号、村名或乡镇名。");
    let place = 0;
    const rows = listed.map(([label, items], n) =>
      element("div", { role: "group", "aria-labelledby": `gh-found-kind-${n}` },
        element("div", { class: "gh-muted", id: `gh-found-kind-${n}`, role: "presentation" }, label),
        ...items.map((item) => element("div", { role: "option", id: `gh-found-${place++}`, "aria-selected": "false" }, item.text, item.more ? element("span", { class: "gh-muted" }, item.more) : null))));
    // Not an option: it cannot be chosen, and is said below.
    this.list.replaceChildren(...(rows.length ? rows : [element("div", { class: "gh-muted", "aria-hidden": "true" }, none)]));
    this.#open();
    this.said.textContent = this.found.length ? t("找到 {n} 条，用上下键选择，回车前往。", { n: number(this.found.length) }) : none;
  }

  #options() {
    return [...this.list.querySelectorAll("[role=option]")];
  }

  #open() {
    this.list.hidden = false;
    this.field.setAttribute("aria-expanded", "true");
    this.#activate(-1);
  }

  #close() {
    clearTimeout(this.pause);
    this.asking.stop();
    this.list.hidden = true;
    this.field.setAttribute("aria-expanded", "false");
    this.said.textContent = "";
    this.#activate(-1);
  }

  /** The option that Enter would take; -1 is the field itself. */
  #activate(place) {
    this.active = place;
    for (const [n, option] of this.#options().entries()) option.setAttribute("aria-selected", String(n === place));
    const option = this.#options()[place];
    if (option) this.field.setAttribute("aria-activedescendant", option.id);
    else this.field.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  #go(item) {
    if (!item) return;
    this.#close();
    this.field.value = item.text;
    // The list belongs to the words before.
    this.answered = null;
    if (item.bbox) {
      const [west, south, east, north] = item.bbox;
      this.map.flyToBounds([[south, west], [north, east]], { duration: 0.8, maxZoom: 15 });
    } else if (item.lon != null && item.lat != null) {
      this.map.once("moveend", () => item.house && this.onHouse({ ...item.house, lon: item.lon, lat: item.lat }));
      this.map.flyTo([item.lat, item.lon], Math.max(17, this.map.getZoom()), { duration: 0.8 });
    } else if (item.address) location.assign(item.address);
  }

  /** To what is chosen, else to the first; pressed before the list has come, or of other words, it is asked for first. */
  async #enter() {
    if (this.field.value.trim() !== this.answered) await this.#ask();
    if (this.field.value.trim() === this.answered) this.#go(this.found[Math.max(0, this.active)]);
  }

  #key(event) {
    if (event.isComposing) return;
    if (event.key === "Escape" && !this.list.hidden) {
      // The first one closes the list, and leaves what was typed.
      event.preventDefault();
      return this.#close();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    if (this.list.hidden) return this.field.value.trim() === this.answered ? this.#open() : this.#ask();
    const places = this.found.length + 1;
    this.#activate(((this.active + 1 + step + places) % places) - 1);
  }
}
