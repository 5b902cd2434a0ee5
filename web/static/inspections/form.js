// The form of a result: only what the chosen result needs, and what it needs in words. 保存 keeps the entry and its photos in
// this browser first and sends them then, so that it works without network; without this script the form is sent as it is.
import { plainDigits } from "../frame/digits.js";
import { show } from "../frame/toasts.js";
import { newerAnswers } from "./answers.js";
import { hasEnded, send } from "./sending.js";
import { add, all, drop, put } from "./store.js";
import { draw, remember, words } from "./waiting.js";

// So long somebody waits for the answer before the entry is left to be sent by itself.
const PATIENCE_MS = 8_000;
const NUMBERS = ["rooms_collapsed", "rooms_severe", "rooms_slight"];
const MOMENTS = ["visited_at", "reported_at"];
const READ_AGAIN = "gh-read-again";
const REPORT = ["reported_how", "reported_by", "reported_at"];

/** Bring a form to life. `after` is told what became of a save: "done", "unfinished" or "stored", with the answer. */
export function attach(form, { base = null, after = goOn } = {}) {
  const state = { base, keys: [] };
  const changed = () => adapt(form);
  form.addEventListener("change", (event) => ["result", "reported_how"].includes(event.target.name) && changed());
  form.querySelector(".rooms").addEventListener("input", () => compareRooms(form));
  form.addEventListener("change", (event) => event.target.name === "photos" && countPhotos(form));
  form.addEventListener("change", (event) => withdrawFaults(event.target));
  form.addEventListener("input", () => keepDraft(form));
  form.addEventListener("submit", (event) => {
    clearHidden(form);
    if (form.dataset.plain) return;
    event.preventDefault();
    save(form, state, event.submitter, after);
  });
  document.addEventListener("gh:sent", ({ detail }) => {
    const version = form.elements.version;
    const isNext = detail.item.kind === "entry" || Number(version.value) === detail.answer.version - 1;
    if (detail.item.api === form.dataset.api && isNext) version.value = detail.answer.version;
  });
  restoreDraft(form);
  adapt(form);
  countPhotos(form);
}

function adapt(form) {
  const result = form.querySelector("input[name=result]:checked")?.value ?? "";
  for (const part of form.querySelectorAll("[data-for]")) part.hidden = !part.dataset.for.split(" ").includes(result);
  const how = form.querySelector("input[name=reported_how]:checked")?.value;
  for (const part of form.querySelectorAll("[data-report]")) part.hidden = !how;
  const reported = form.elements.reported_at;
  if (how && reported && !reported.value) reported.value = localNow();
  const needs = form.querySelector("[data-words]");
  const hint = form.querySelector("[data-shows=needs]");
  if (hint) hint.textContent = JSON.parse(needs.dataset.words)[result] ?? "";
}

/** More rooms damaged than registered: said, not refused; the register may be what is wrong. */
function compareRooms(form) {
  const said = form.querySelector("[data-registered]");
  const rooms = NUMBERS.reduce((sum, name) => sum + (Number(plainDigits(form.elements[name].value)) || 0), 0);
  said.hidden = !said.dataset.registered || rooms <= Number(said.dataset.registered);
  said.textContent = said.dataset.says.replace("{n}", said.dataset.registered);
  return said.hidden ? "" : said.textContent;
}

function countPhotos(form) {
  const said = form.querySelector("[data-shows=chosen]");
  const count = photosOf(form).length;
  said.textContent = count ? said.dataset.says.replace("{n}", count) : "";
}

const photosOf = (form) => [...form.querySelectorAll("input[name=photos]")].flatMap((field) => [...field.files]);

/** What was asked for is given now: the sentence goes, with the last one what stands above the form. */
function withdrawFaults(field) {
  const told = field.closest("fieldset, .field, .field-wide")?.querySelectorAll(".field-fault") ?? [];
  for (const one of told) one.remove();
  if (told.length && !field.form.querySelector(".field-fault"))
    for (const one of document.querySelectorAll(".page > .problem, .page > [role=status].missing:not(:has(strong))")) one.remove();
}

/** What does not belong to the result must not be sent with it. */
function clearHidden(form) {
  for (const part of form.querySelectorAll("[data-for]")) {
    if (!part.hidden) continue;
    for (const field of part.querySelectorAll("input"))
      if (field.type === "radio") field.checked = field.value === "";
      else if (field.type === "checkbox") field.checked = false;
      else if (field.type !== "hidden") field.value = "";
  }
}

async function save(form, state, submitter, after) {
  const photos = photosOf(form);
  const { body, faults } = entryOf(form, photos.length > 0);
  if (faults.length) return showFaults(form, faults);
  const common = { holder: form.dataset.holder, api: form.dataset.api, action: form.dataset.action ?? form.action, title: form.dataset.title, at: Date.now(), state: "waiting" };
  const button = form.querySelector(".form-save .btn-primary");
  button.disabled = true;
  try {
    await keep(state, { ...common, kind: "entry", body, base: state.base }, photos.map((file) => ({ ...common, kind: "photo", blob: file, name: file.name })));
  } catch {
    button.disabled = false;
    return show(words.full, { failed: true });
  }
  for (const field of form.querySelectorAll("input[name=photos]")) field.value = "";
  countPhotos(form);
  localStorage.removeItem(draftName(form));
  const odd = compareRooms(form);
  const answers = [];
  const note = ({ detail }) => state.keys.includes(detail.item.key) && answers.push(detail);
  document.addEventListener("gh:sent", note);
  form.dataset.saving = "";
  const why = await Promise.race([send(common.holder), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, "offline"))]);
  document.removeEventListener("gh:sent", note);
  delete form.dataset.saving;
  button.disabled = false;
  document.dispatchEvent(new CustomEvent("gh:waiting"));
  const left = (await all()).filter((item) => state.keys.includes(item.key));
  const entry = left.find((item) => item.kind === "entry");
  // What an event takes no more stays in this browser: leaving the form must not lose it.
  if (entry?.state === "refused" && !hasEnded(entry.told)) {
    await drop(entry.key);
    // What stood above the form is gone before it moves to its fault: it must not move under a thumb.
    await draw();
    return showFaults(form, entry.told.errors.length ? entry.told.errors : [{ column: null, sentence: entry.told.detail }], entry.told.detail);
  }
  if (["conflict", "refused"].includes(entry?.state) || (entry && why === "closed")) return document.getElementById("waiting").scrollIntoView({ block: "start" });
  if (why === "signed-out") return document.dispatchEvent(new CustomEvent("gh:signed-out", { detail: { form, submitter } }));
  state.keys = [];
  const answer = answers.find(({ item }) => item.kind === "entry")?.answer;
  state.base = answer ?? { ...state.base, ...body };
  const sentPhotos = answers.filter(({ item }) => item.kind === "photo");
  const unnamed = answer ? [] : lacksName(form, body);
  // What the photos contradict is said with what the rooms do: the next house is shown, this one no more.
  const hints = [...new Set([odd, ...sentPhotos.map((one) => one.answer.hint)].filter(Boolean))].join("；");
  after(answer ? (answer.missing.length ? "unfinished" : "done") : "stored", { form, answer, body, photos: sentPhotos.length, odd: hints, unnamed });
}

/** Keep what is saved; what waits for a new sign-in since the last press is the same entry, written anew. */
async function keep(state, entry, photos) {
  const before = (await all()).find((item) => state.keys.includes(item.key) && item.kind === "entry" && item.state === "waiting");
  if (before) await put({ ...entry, key: before.key });
  const fresh = before ? photos : [entry, ...photos];
  const keys = fresh.length ? await add(fresh) : [];
  state.keys = [...state.keys, ...keys];
}

function entryOf(form, hasPhotos) {
  const data = new FormData(form);
  const typed = (name) => (data.get(name) ?? "").trim() || null;
  const faults = [];
  const body = { version: Number(data.get("version")), client_id: newId() };
  for (const name of ["result", "damage", "findings", "visitor"]) body[name] = typed(name);
  for (const name of NUMBERS) {
    const text = typed(name) && plainDigits(typed(name));
    if (text !== null && !/^\d{1,3}$/.test(text)) faults.push({ column: name, sentence: words.numbers });
    body[name] = text === null ? null : Number(text);
  }
  body.finding_items = data.getAll("finding_items").filter(Boolean);
  if (form.elements.reported_how) for (const name of REPORT) body[name] = typed(name);
  // The forms speak Beijing time, wherever the browser is.
  for (const name of MOMENTS) if (name in body || name === "visited_at") body[name] = typed(name) && `${typed(name).slice(0, 16)}:00+08:00`;
  const saysSomething = body.result || body.findings || body.finding_items.length || NUMBERS.some((name) => body[name]);
  if (!saysSomething && !hasPhotos) faults.push({ column: "result", sentence: words.result });
  return { body, faults };
}

/** What the server will call unfinished for want of a name: said while whoever looked stands there still. Kept all the same. */
function lacksName(form, body) {
  const { nameless } = form.elements.visitor.dataset;
  return nameless && body.result && !body.visitor ? [{ column: "visitor", sentence: nameless }] : [];
}

/** Beside their fields; `detail` is said in all. */
export function showFaults(form, faults, detail) {
  for (const one of form.querySelectorAll(".field-fault")) one.remove();
  const loose = [];
  for (const { column, sentence } of faults) {
    const field = column && form.querySelector(`[name=${CSS.escape(column)}]:not([type=hidden])`);
    if (!field) {
      loose.push(sentence);
      continue;
    }
    const said = document.createElement("div");
    said.className = "field-fault";
    said.textContent = sentence;
    field.closest("fieldset, .field, .field-wide").append(said);
  }
  if (detail || loose.length) show(detail || loose.join("；"), { failed: true });
  form.querySelector(".field-fault")?.scrollIntoView({ block: "center" });
}

/** What a page of the server does after a save. */
function goOn(became, { form, answer, photos, odd, unnamed }) {
  if (became === "stored") {
    show(words.stored);
    return showFaults(form, unnamed);
  }
  if (became === "unfinished") {
    remember(words.unfinished + answer.missing.map((fault) => fault.sentence).join("；"));
    return location.reload();
  }
  remember(saidOf(form, photos, odd));
  location.assign(form.dataset.next || form.dataset.back);
}

/** What is said on the next page: the house is named where something about it is odd. */
export function saidOf(form, photos, odd) {
  return [words.done, photos ? words.photos.replace("{n}", photos) : "", odd ? `${form.dataset.code || form.dataset.title}：${odd}。` : ""].join("");
}

// What is typed and not saved yet survives a phone that closes the page while its camera is open.
const draftName = (form) => `gh-draft:${form.dataset.holder}:${form.dataset.api}`;

function keepDraft(form) {
  const draft = { version: form.elements.version.value, fields: [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !["csrf_token", "client_id", "version"].includes(name)) };
  try {
    localStorage.setItem(draftName(form), JSON.stringify(draft));
  } catch {
    // Full or forbidden: what is saved matters, the draft is a help.
  }
}

function restoreDraft(form) {
  let draft;
  try {
    draft = JSON.parse(localStorage.getItem(draftName(form)));
  } catch {
    return;
  }
  if (!draft) return;
  // The house was saved since: it is never put back, and nobody need be asked about it.
  if (Number(draft.version) < Number(form.elements.version.value)) localStorage.removeItem(draftName(form));
  if (draft.version !== form.elements.version.value) return;
  fill(form, draft.fields);
}

/** Put values, pairs of name and text, into the form. */
export function fill(form, fields) {
  const given = new Map();
  for (const [name, value] of fields) given.set(name, [...(given.get(name) ?? []), value]);
  for (const [name, values] of given)
    for (const field of form.querySelectorAll(`[name=${CSS.escape(name)}]`))
      if (field.type === "radio" || field.type === "checkbox") field.checked = values.includes(field.value);
      else if (field.type !== "hidden" && field.type !== "file") field.value = values[0];
}

function localNow() {
  return new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 16);
}

/** Whether the page still shows what stood before an entry that was sent while it was on its way: it is read once more, and once only. */
function isBehind(form) {
  const { holder, api } = form.dataset;
  const shown = Number(form.elements.version.value);
  const newest = newerAnswers(holder, (address) => (address === api ? shown : undefined)).at(-1);
  if (!newest) return false;
  const asked = `${api} ${newest.answer.version}`;
  if (sessionStorage.getItem(READ_AGAIN) === asked) return false;
  sessionStorage.setItem(READ_AGAIN, asked);
  return true;
}

// randomUUID exists on encrypted pages only.
function newId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const own = document.querySelector("form.inspection-form");
if (own && isBehind(own)) location.reload();
else if (own) attach(own, { base: JSON.parse(document.getElementById("present")?.textContent ?? "null") });
