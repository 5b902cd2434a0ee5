// Drawing a zone (框选, 多边形, 缓冲) with 影响分析 while the shape is dragged, and a new event out of it.

import { difference, Redrawing } from "gh/map/redrawing.js";
import { element, label, number, t } from "gh/map/words.js";

const L = window.L;
const STYLE = { color: "#b42318", weight: 2.5, fillColor: "#b42318", fillOpacity: 0.1, pane: "gh-draw" };
const EARTH_M_PER_PIXEL = 156543.03392;
const MOST_TOWNSHIPS = 12;
const MOST_AREAS = 6;
const FINE_POINTER = window.matchMedia("(pointer: fine)").matches;
// A hand that clicks shakes less than this, in pixels.
const SHAKE = 5;

export class Drawing {
  constructor({ map, source, page, config, search }) {
    Object.assign(this, { map, source, page, config });
    this.root = page.querySelector("#gh-analysis");
    this.buttons = [...page.querySelectorAll("[data-draws]")];
    this.form = this.root.querySelector("form");
    this.metres = this.root.querySelector("[name=metres]");
    this.kind = null;
    this.shape = null;
    this.wanted = null;
    this.asking = false;
    this.redrawing = new Redrawing({ form: this.form, source, search, onChange: () => this.#changed() });
    this.#setUpGeoman();
    this.#setUpDragging();
    for (const button of this.buttons) button.addEventListener("click", () => (this.kind && button.dataset.draws === this.group ? this.clear() : this.begin(button.dataset.draws)));
    for (const radio of this.root.querySelectorAll("[name=buffer-of]")) radio.addEventListener("change", () => this.begin(radio.value));
    this.metres.addEventListener("input", () => this.#changed());
    this.root.querySelector("[data-does=close-analysis]").addEventListener("click", () => this.clear());
    this.form?.addEventListener("submit", (event) => this.#submitted(event));
    this.form?.querySelector("[data-does=new-standing]").addEventListener("click", () => this.#registerStanding());
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.isDrawing && this.clear());
  }

  /** Whether clicks on the map belong to the drawing. */
  get isDrawing() {
    return Boolean(this.map.pm.globalDrawModeEnabled());
  }

  begin(kind) {
    this.clear();
    this.kind = kind;
    this.group = kind === "Marker" ? "Line" : kind;
    this.root.hidden = false;
    this.page.classList.add("gh-analysing");
    this.#part("buffer").hidden = this.group !== "Line";
    this.root.querySelector(`[name=buffer-of][value=${kind}]`)?.click?.call && (this.root.querySelector(`[name=buffer-of][value=${kind}]`).checked = true);
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.draws === this.group));
    this.#hint({
      Rectangle: FINE_POINTER ? t("按住鼠标从一角拖到对角；也可以先点一角，再点对角。") : t("先点一角，再点对角。"),
      Polygon: t("依次点出各个角，最后点回第一个点；画好后可拖动角点。"),
      Line: t("沿河道、道路依次点，最后一点再点一次结束。"),
      Marker: t("在图上点一个位置。"),
    }[kind]);
    const options = { snappable: false, continueDrawing: false, finishOn: kind === "Line" ? "dblclick" : null, tooltips: false, pathOptions: STYLE, templineStyle: { ...STYLE, dashArray: "4 4" }, hintlineStyle: { ...STYLE, dashArray: "4 4" }, markerStyle: { draggable: true, icon: pin() } };
    this.map.pm.enableDraw(kind, options);
    // Whoever draws a box drags it, and must not drag the map instead; fingers still move the map, and tap two corners.
    if (kind === "Rectangle" && FINE_POINTER) this.map.dragging.disable();
  }

  clear() {
    this.map.pm.disableDraw();
    this.map.dragging.enable();
    this.shape?.pm?.disable?.();
    this.shape?.remove();
    this.reach?.remove();
    this.shape = this.reach = this.working = this.kind = this.group = null;
    this.wanted = null;
    this.turn = (this.turn ?? 0) + 1;
    this.root.hidden = true;
    this.page.classList.remove("gh-analysing");
    this.#part("analysis").replaceChildren();
    if (this.form) this.form.hidden = true;
    for (const button of this.buttons) button.setAttribute("aria-pressed", "false");
  }

  #setUpGeoman() {
    const { map } = this;
    map.pm.setGlobalOptions({ panes: { vertexPane: "markerPane", layerPane: "gh-draw", markerPane: "markerPane" } });
    map.on("pm:drawstart", ({ workingLayer }) => (this.working = workingLayer));
    // A moment later: Geoman hears the same event after us, and only then the shape reaches the pointer.
    map.on("mousemove", ({ latlng }) => queueMicrotask(() => this.working && this.isDrawing && this.#changed(latlng)));
    map.on("pm:create", ({ layer }) => this.#drawn(layer));
    map.on("zoomend", () => this.#drawReach());
  }

  /** Geoman draws a box by two clicks; pressing the button is made the first of them, letting go elsewhere the second. */
  #setUpDragging() {
    const box = this.map.getContainer();
    let start = null;
    let pressed = null;
    this.map.on("pm:drawstart", () => (start = null));
    this.map.on("mousedown", (event) => {
      pressed = null;
      if (this.kind !== "Rectangle" || !this.isDrawing || !FINE_POINTER || start || event.originalEvent.button !== 0) return;
      start = pressed = event.containerPoint;
      this.map.fire("click", event);
    });
    box.addEventListener(
      "click",
      (event) => {
        const isSameClick = pressed && this.isDrawing && this.map.mouseEventToContainerPoint(event).distanceTo(pressed) < SHAKE;
        pressed = null;
        if (isSameClick) event.stopPropagation();
      },
      true,
    );
  }

  #drawn(layer) {
    this.shape = layer;
    this.working = null;
    this.map.dragging.enable();
    this.#hint(this.kind === "Marker" ? t("可以拖动这个点，或改变距离。") : t("可以拖动角点修改，数字随之变化。"));
    if (this.kind === "Marker") {
      layer.dragging?.enable();
      layer.on("drag pm:drag", () => this.#changed());
    } else {
      layer.pm.enable({ allowSelfIntersection: this.kind === "Line", snappable: false });
      layer.on("pm:change pm:edit pm:vertexadded pm:vertexremoved pm:markerdrag", () => this.#changed());
    }
    if (this.form) this.form.hidden = false;
    this.#changed();
  }

  /** What is drawn so far (with the pointer as its last corner) as the question to ask, null while it is no shape yet. */
  #question(pointer = null) {
    const layer = this.shape ?? this.working;
    if (!layer) return null;
    if (this.kind === "Marker") return this.shape ? this.#buffered({ type: "Point", coordinates: pair(layer.getLatLng()) }) : null;
    const rings = layer.getLatLngs();
    let corners = (Array.isArray(rings[0]) ? rings[0] : rings).map(pair);
    if (!this.shape && pointer && this.kind !== "Rectangle") corners = [...corners, pair(pointer)];
    corners = corners.filter((corner, place) => !place || corner[0] !== corners[place - 1][0] || corner[1] !== corners[place - 1][1]);
    if (this.kind === "Line") return corners.length > 1 ? this.#buffered({ type: "LineString", coordinates: corners }) : null;
    if (corners.length < 3 || new Set(corners.map(([x]) => x)).size < 2 || new Set(corners.map(([, y]) => y)).size < 2) return null;
    return { geometry: { type: "Polygon", coordinates: [[...corners, corners[0]]] } };
  }

  #buffered(geometry) {
    const metres = Number(this.metres.value);
    return metres > 0 ? { geometry, buffer_m: metres } : null;
  }

  #changed(pointer = null) {
    this.#drawReach(pointer);
    this.wanted = this.#question(pointer);
    this.redrawing.allow(false);
    if (!this.asking) this.#ask();
  }

  /** One question at a time, and of those that came meanwhile only the last: it always gets its answer. */
  async #ask() {
    this.asking = true;
    while (this.wanted) {
      const question = this.wanted;
      const turn = this.turn;
      this.wanted = null;
      try {
        const asked = this.redrawing.event;
        const found = asked ? await this.redrawing.ask(question) : await this.source.affected(question);
        if (turn === this.turn && asked === this.redrawing.event) this.#show(found);
        this.redrawing.allow(!this.wanted);
      } catch (error) {
        if (turn === this.turn) this.#failed(error);
      }
    }
    this.asking = false;
  }

  #show(answer) {
    const found = answer.affected ?? answer;
    const dangerous = (found.by_risk.C ?? 0) + (found.by_risk.D ?? 0);
    const figure = (value, unit, name) => element("div", {}, element("strong", {}, number(value)), element("span", {}, unit), name ? element("em", {}, name) : null);
    const traits = Object.entries(found.evacuation_traits ?? {}).filter(([, count]) => count);
    const facts = [
      [t("C、D级"), t("{n} 栋（D级 {d}）", { n: number(dangerous), d: number(found.by_risk.D ?? 0) })],
      [t("疑似危房"), t("{n} 栋", { n: number(found.by_risk.suspected ?? 0) })],
      [t("未评定"), t("{n} 栋", { n: number(found.by_risk.none ?? 0) })],
      traits.length ? [t("避险特征"), traits.map(([code, count]) => t("{name} {n} 户", { name: label("trait", code), n: number(count) })).join("、")] : null,
      [t("位置不确定"), found.uncertain ? t("{n} 栋（待定位或待核对，所在村被涉及）", { n: number(found.uncertain) }) : "0"],
      found.declared_elsewhere ? [t("点位在外"), element("a", { href: "/houses/check" }, t("{n} 栋登记在涉及的村，点位落在别的辖区，未计入，请核对位置", { n: number(found.declared_elsewhere) }))] : null,
      found.without_home.households ? [t("无房户"), element("a", { href: "/houses/check#waiting" }, t("{n} 户 {p} 人原住房在范围内、现住处没有登记，未计入，请逐户问清", { n: number(found.without_home.households), p: number(found.without_home.people) }))] : null,
    ].filter(Boolean);
    this.#part("analysis").replaceChildren(
      ...(answer.affected ? [difference(answer)] : []),
      element("div", { class: "gh-figures" }, figure(found.houses, t("栋")), figure(found.households, t("户")), figure(found.people, t("人"), unsized(found))),
      ...firstList(found.first),
      element("dl", { class: "facts" }, ...facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)])),
      this.#townships(found),
    );
  }

  #townships({ areas, uncertain, declared_elsewhere: elsewhere }) {
    const rows = new Map();
    // Where only the place is uncertain, the line above tells; a row of zeros would look like nobody.
    for (const area of areas.filter(({ houses }) => houses)) {
      const code = area.code.slice(0, 9);
      const row = rows.get(code) ?? { houses: 0, people: 0, unsized: 0, dangerous: 0, villages: 0 };
      row.houses += area.houses;
      row.people += area.people;
      row.unsized += area.households_without_size;
      row.dangerous += (area.by_risk.C ?? 0) + (area.by_risk.D ?? 0);
      row.villages += area.houses ? 1 : 0;
      rows.set(code, row);
    }
    if (!rows.size) return element("p", { class: "gh-hint" }, this.#nothing(uncertain, elsewhere));
    const sorted = [...rows].sort(([, one], [, other]) => other.dangerous - one.dangerous || other.houses - one.houses);
    const cell = (value) => element("td", { class: "number" }, number(value));
    const more = sorted.length - MOST_TOWNSHIPS;
    return element("table", { class: "table gh-townships" },
      element("thead", {}, element("tr", {}, element("th", {}, t("乡镇")), ...[t("村"), t("栋"), t("人"), t("C、D级")].map((name) => element("th", { class: "number" }, name)))),
      element("tbody", {},
        ...sorted.slice(0, MOST_TOWNSHIPS).map(([code, row]) => element("tr", {}, element("td", {}, this.config.areas[code] ?? code), cell(row.villages), cell(row.houses), element("td", { class: "number" }, number(row.people), row.unsized ? element("div", { class: "gh-muted" }, unsized({ households_without_size: row.unsized })) : null), cell(row.dangerous))),
        more > 0 ? element("tr", {}, element("td", { colspan: 5, class: "gh-muted" }, t("另有 {n} 个乡镇", { n: more }))) : null));
  }

  /** Why no township is listed: houses without a sure place may well stand there, and an unfinished shape still grows. */
  #nothing(uncertain, elsewhere) {
    if (!this.shape) return t("还没有画完，画到这里没有已定位的房屋。");
    if (uncertain) return t("范围内没有已定位的房屋；位置不确定的 {n} 栋请到所在村核实，不能当作没有房屋。", { n: number(uncertain) });
    if (elsewhere) return t("本辖区在这个范围内没有登记的房屋，但有点位落在别的辖区的，请先核对。");
    return t("这个范围内没有登记的房屋。");
  }

  #failed(error) {
    this.#part("analysis").replaceChildren(element("p", { class: "problem" }, error.sentence ?? t("没有算出来，请重试；数字不可用。")));
  }

  /** How far the buffer reaches, drawn as a line as wide as it, or a circle. */
  #drawReach(pointer = null) {
    this.reach?.remove();
    this.reach = null;
    if (this.group !== "Line") return;
    const metres = Number(this.metres.value);
    const layer = this.shape ?? this.working;
    if (!(metres > 0) || !layer) return;
    if (this.kind === "Marker") {
      if (this.shape) this.reach = L.circle(layer.getLatLng(), { ...STYLE, radius: metres, interactive: false }).addTo(this.map);
      return;
    }
    const places = layer.getLatLngs();
    if (!places.length) return;
    const line = !this.shape && pointer ? [...places, pointer] : places;
    const perPixel = (EARTH_M_PER_PIXEL * Math.cos((places[0].lat * Math.PI) / 180)) / 2 ** this.map.getZoom();
    this.reach = L.polyline(line, { color: STYLE.color, opacity: 0.18, weight: (2 * metres) / perPixel, lineCap: "round", lineJoin: "round", interactive: false, pane: "gh-zones", pmIgnore: true }).addTo(this.map);
  }

  #submitted(event) {
    event.preventDefault();
    if (this.redrawing.event) return this.#save((question) => this.redrawing.save(question));
    this.clientId ??= newId();
    return this.#save(async (question, { name, kind, level }) => {
      const made = await this.source.newEvent({ ...question, name: name.value.trim(), kind: kind.value, level: level.value, client_id: this.clientId });
      location.assign(`/events/${made.event}`);
    });
  }

  /** 灾害易发地: the same shape without an event. */
  #registerStanding() {
    if (!this.form.reportValidity()) return;
    this.#save(async (question, { name, kind }) => {
      await this.source.newStandingArea({ ...question, name: name.value.trim(), kind: kind.value });
      location.assign("/events/standing");
    });
  }

  async #save(send) {
    const question = this.#question();
    if (!question) return;
    const buttons = this.form.querySelectorAll("button");
    const fault = this.#part("fault");
    for (const button of buttons) button.disabled = true;
    fault.hidden = true;
    try {
      await send(question, this.form.elements);
    } catch (error) {
      fault.textContent = error.sentence ?? t("没有保存，请重试。");
      fault.hidden = false;
      for (const button of buttons) button.disabled = false;
      // The zones may be others by now: what is saved is what is seen.
      if (this.redrawing.event) this.#changed();
    }
  }

  #part(name) {
    return this.root.querySelector(`[data-shows=${name}]`);
  }

  #hint(text) {
    this.#part("drawing-hint").textContent = text;
  }
}

/** 首批: lived-in weak houses in standing risk areas, and in which. */
function firstList(first) {
  if (!first?.areas.length) return [];
  const shown = first.areas.slice(0, MOST_AREAS);
  const more = first.areas.length - shown.length;
  return [element("div", { class: "gh-first", "data-shows": "first" },
    element("strong", { class: "late" }, t("首批转移 {n} 户 {m} 人", { n: number(first.households), m: number(first.people) })), first.unsized ? element("span", { class: "gh-muted" }, ` ${unsized({ households_without_size: first.unsized })}`) : null,
    element("div", { class: "gh-muted" }, t("灾害易发地内须先转移的房屋，{n} 栋", { n: number(first.houses) })),
    element("ul", {}, ...shown.map((area) => element("li", {}, element("a", { href: `/events/standing/${area.zone_id}` }, area.name || t("灾害易发地")), ` ${t("{n}户{m}人", { n: number(area.households), m: number(area.people) })}`, area.unsized ? element("span", { class: "gh-muted" }, ` ${unsized({ households_without_size: area.unsized })}`) : null)), more > 0 ? element("li", { class: "gh-muted" }, t("另有 {n} 处", { n: more })) : null))];
}

/** Whom nobody counted: they are not nobody. */
function unsized({ households_without_size: households }) {
  return households ? t("另{n}户未填人数", { n: number(households) }) : null;
}

function pair({ lat, lng }) {
  return [Number(lng.toFixed(7)), Number(lat.toFixed(7))];
}

function pin() {
  return L.divIcon({ className: "gh-pin", iconSize: [16, 16] });
}

/** The form's own id, so that the same event is not made twice; pages without TLS have no randomUUID. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
