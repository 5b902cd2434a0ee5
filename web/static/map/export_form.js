// 导出: the same filter as the map, how many houses it is, format and reference system.

import { boxOf } from "gh/map/state.js";
import { label, number, t } from "gh/map/words.js";

export class ExportForm {
  constructor({ page, state, map, source }) {
    Object.assign(this, { page, state, map, source });
    this.dialog = page.querySelector("#gh-export");
    this.link = this.dialog.querySelector("[data-does=download]");
    page.querySelector("[data-does=export]").addEventListener("click", () => this.open());
    this.dialog.querySelector("[name=view]").addEventListener("change", () => this.#count());
    for (const name of ["format", "crs"]) this.dialog.querySelector(`[name=${name}]`).addEventListener("change", () => this.#draw());
    this.link.addEventListener("click", () => this.dialog.close());
  }

  open() {
    this.dialog.showModal();
    this.#part("export-filter").textContent = this.#described();
    this.#count();
  }

  get #box() {
    return this.dialog.querySelector("[name=view]").checked ? boxOf(this.map) : null;
  }

  async #count() {
    this.#draw();
    const asked = (this.asked = Symbol("count"));
    const place = this.#part("export-count");
    place.textContent = "…";
    try {
      const found = await this.source.total(this.state.filter(), this.#box);
      if (asked === this.asked) place.textContent = t("共 {n} 栋", { n: number(found) });
    } catch (error) {
      if (asked === this.asked) place.textContent = error.sentence ?? t("没有读到数量，请重试。");
    }
  }

  #draw() {
    const format = this.dialog.querySelector("[name=format]");
    const hasCrs = format.selectedOptions[0].dataset.crs === "1";
    this.#part("crs").hidden = !hasCrs;
    this.#part("fixed-crs").hidden = hasCrs;
    const asked = this.state.filter();
    if (this.#box) asked.set("bbox", this.#box);
    if (hasCrs) asked.set("crs", this.dialog.querySelector("[name=crs]").value);
    this.link.href = `/api/v1/houses.${format.value}?${asked}`;
  }

  #described() {
    const { state } = this;
    const parts = [
      state.area ? t("区域 {code}", { code: state.area }) : null,
      ...["risk", "renovation", "category"].map((list) => (state[list].length ? state[list].map((code) => label(list, code)).join("、") : null)),
      state.livedIn ? t("有人居住") : null,
    ].filter(Boolean);
    return parts.length ? t("筛选：{parts}", { parts: parts.join("；") }) : t("没有筛选：全部房屋。");
  }

  #part(name) {
    return this.dialog.querySelector(`[data-shows=${name}]`);
  }
}
