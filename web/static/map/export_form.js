// 导出: the same filter as the map, what the file will hold (as the server counts it), format, reference system, purpose.

import { LastOne, wasAborted } from "gh/map/source.js";
import { boxOf } from "gh/map/state.js";
import { element, number, t } from "gh/map/words.js";

// Of all houses; the other layers are of divisions and know no filter but the place.
const HOUSES = "houses";
const PAGE = "html";
// Formats that have no place for 数据说明: it is offered beside.
const BESIDE = ["csv", "geojsonl"];

export class ExportForm {
  constructor({ page, state, map, source }) {
    Object.assign(this, { state, map, source });
    this.dialog = page.querySelector("#gh-export");
    this.form = this.dialog.querySelector("form");
    this.asking = new LastOne();
    page.querySelector("[data-does=export]").addEventListener("click", () => this.open());
    this.dialog.querySelector("[data-does=close-export]").addEventListener("click", () => this.dialog.close());
    for (const name of ["layer", "format", "crs", "view"]) this.#field(name).addEventListener("change", () => this.#draw());
    // The file comes as a download: the page stays, and the dialog has done its work.
    this.form.addEventListener("submit", () => setTimeout(() => this.dialog.close()));
  }

  open() {
    this.dialog.showModal();
    this.#draw();
  }

  get #isPage() {
    return this.#field("format").value === PAGE;
  }

  /** The filter as it stands in an address. */
  get #asked() {
    const whole = this.#field("layer").value === HOUSES && !this.#isPage;
    const asked = whole ? this.state.filter() : new URLSearchParams(this.state.area ? { area: this.state.area } : {});
    if (this.#field("view").checked && !this.#isPage) asked.set("bbox", boxOf(this.map));
    return asked;
  }

  async #draw() {
    const [layer, format] = [this.#field("layer"), this.#field("format")];
    const page = [...format.options].find(({ value }) => value === PAGE);
    if (page) page.hidden = page.disabled = layer.value !== HOUSES;
    if (page?.selected && page.disabled) format.selectedIndex = 0;
    const hasCrs = format.selectedOptions[0].dataset.crs === "1";
    this.#part("crs").hidden = !hasCrs;
    this.#field("crs").disabled = !hasCrs;
    this.#part("fixed-crs").hidden = hasCrs || this.#isPage;
    this.#field("view").closest("label").hidden = this.#isPage;
    const asked = this.#asked;
    this.#field("asked").value = asked.toString();
    this.#field("area").value = this.state.area;
    this.form.action = this.#isPage ? "/map/alone.html" : `/export/${layer.value}.${format.value}`;
    const about = this.dialog.querySelector("[data-does=about]");
    about.hidden = !BESIDE.includes(format.value);
    const counted = this.#isPage ? "geojson" : format.value;
    if (hasCrs) asked.set("crs", this.#field("crs").value);
    about.href = `/api/v1/${layer.value}.${counted}-metadata.json?${asked}`;
    await this.#tell(layer.value, counted, asked);
  }

  async #tell(layer, format, asked) {
    const [count, filter, notes] = ["export-count", "export-filter", "export-notes"].map((name) => this.#part(name));
    count.textContent = "…";
    try {
      const told = await this.asking.ask((signal) => this.source.about(layer, format, asked, signal));
      const [sentence, crs] = layer === HOUSES ? [t("共 {n} 栋", { n: number(told.rows) }), told.crs] : [t("共 {n} 行", { n: number(told.rows) }), told.crs];
      count.textContent = this.#isPage ? sentence : `${sentence} · ${crs}`;
      filter.textContent = t("筛选：{parts}", { parts: told.filter_text });
      const lines = this.#isPage ? [t("离线地图含所选区域的房屋，图上还可以再筛选；不含户主姓名，全图有水印。")] : told.notes;
      notes.replaceChildren(...lines.map((line) => element("li", {}, line)));
      this.#field("purpose").required = told.wants_purpose && !this.#isPage;
      this.#part("purpose-hint").hidden = !this.#field("purpose").required;
    } catch (error) {
      if (!wasAborted(error)) count.textContent = error.sentence ?? t("没有读到数量，请重试。");
    }
  }

  #field(name) {
    return this.form.elements[name];
  }

  #part(name) {
    return this.dialog.querySelector(`[data-shows=${name}]`);
  }
}
