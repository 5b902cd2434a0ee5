// The map's own search: flies to a house, village or township.

import { LastOne, wasAborted } from "gh/map/source.js";
import { element, t } from "gh/map/words.js";

const L = window.L;
const PAUSE_MS = 200;

export class Search {
  /** `onHouse(house)` opens the house once the map is there. */
  constructor({ form, map, source, onHouse, report }) {
    Object.assign(this, { map, source, onHouse, report });
    this.field = form.querySelector("input");
    this.list = form.querySelector("[role=listbox]");
    this.asking = new LastOne();
    this.field.addEventListener("input", () => {
      clearTimeout(this.pause);
      this.pause = setTimeout(() => this.#ask(), PAUSE_MS);
    });
    this.field.addEventListener("keydown", (event) => this.#key(event));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.list.querySelector("button")?.click();
    });
    document.addEventListener("click", (event) => form.contains(event.target) || this.#close());
    L.DomEvent.disableClickPropagation(form);
    L.DomEvent.disableScrollPropagation(form);
  }

  async #ask() {
    const text = this.field.value.trim();
    if (!text) return this.#close();
    try {
      const answer = await this.asking.ask((signal) => this.source.search(text, signal));
      this.list.replaceChildren(...this.#rows(answer.groups));
      this.list.hidden = false;
      this.report(null);
    } catch (error) {
      if (!wasAborted(error)) this.report(error);
    }
  }

  #rows(groups) {
    const found = groups.filter((group) => group.items.length);
    if (!found.length) return [element("div", { class: "gh-muted" }, t("没有找到。可以输入房屋编号、村名或乡镇名。"))];
    return found.flatMap((group) => [
      element("div", { class: "gh-muted" }, group.label),
      ...group.items.map((item) => element("button", { type: "button", role: "option", onclick: () => this.#go(item) }, item.text, element("span", { class: "gh-muted" }, item.more ?? ""))),
    ]);
  }

  #go(item) {
    this.#close();
    this.field.value = item.text;
    if (item.bbox) {
      const [west, south, east, north] = item.bbox;
      this.map.flyToBounds([[south, west], [north, east]], { duration: 0.8, maxZoom: 15 });
    } else if (item.lon != null) {
      this.map.once("moveend", () => item.house && this.onHouse({ ...item.house, lon: item.lon, lat: item.lat }));
      this.map.flyTo([item.lat, item.lon], Math.max(17, this.map.getZoom()), { duration: 0.8 });
    } else if (item.address) location.assign(item.address);
  }

  #key(event) {
    const rows = [...this.list.querySelectorAll("button")];
    if (event.key === "Escape") this.#close();
    if (event.key !== "ArrowDown" || !rows.length) return;
    event.preventDefault();
    rows[0].focus();
    for (const [place, row] of rows.entries())
      row.onkeydown = (key) => {
        const step = { ArrowDown: 1, ArrowUp: -1 }[key.key];
        if (!step) return;
        key.preventDefault();
        (rows[place + step] ?? this.field).focus();
      };
  }

  #close() {
    this.list.hidden = true;
  }
}
