// The village's list on a phone: a house is opened in this very page, so that list and forms work without network as long as
// the page is open, and from the worker's copy when it was closed. What is kept of each house stands in the page.
import { newerAnswers } from "../inspections/answers.js";
import { attach, fill, saidOf, showFaults } from "../inspections/form.js";
import { words } from "../inspections/waiting.js";
import { show } from "../frame/toasts.js";

const list = document.getElementById("list");
const opened = document.getElementById("opened");
const template = document.getElementById("house-form");
const kept = new Map(JSON.parse(document.getElementById("kept").textContent).map((house) => [house.id, house]));
const VISITOR = `gh-visitor:${words.holder}`;
const resultWords = JSON.parse(words.resultWords);
let place = 0;

const rowOf = (id) => list.querySelector(`.link-row[data-id="${id}"]`);
const idOf = (path) => Number(path.match(/\/houses\/(\d+)$/)?.[1] ?? 0);

function open(id) {
  const house = kept.get(id);
  if (!house) return close();
  place = window.scrollY;
  opened.replaceChildren(template.content.cloneNode(true));
  const row = rowOf(id).querySelector("a");
  const head = opened.querySelector(".house-head");
  for (const part of row.children) {
    const line = document.createElement("p");
    line.append(...[...part.cloneNode(true).childNodes]);
    head.append(line);
  }
  head.append(phoneLink(house));
  const form = opened.querySelector("form.inspection-form");
  form.action = form.dataset.action = house.action;
  form.dataset.api = house.api;
  form.dataset.title = house.title;
  form.querySelector("[data-registered]").dataset.registered = house.rooms ?? "";
  form.elements.version.value = house.version;
  const latest = { ...house.typed, ...house.waiting };
  latest.visitor ||= localStorage.getItem(VISITOR) || form.elements.visitor.value;
  latest.visited_at ||= new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 16);
  fill(form, Object.entries(latest).flatMap(([name, value]) => (name === "finding_items" ? value.split(",").map((item) => [name, item]) : [[name, value]])));
  attach(form, { base: house.stands, after: saved });
  list.hidden = true;
  opened.hidden = false;
  window.scrollTo(0, 0);
}

function phoneLink(house) {
  const line = document.createElement("p");
  const link = document.createElement("a");
  link.href = house.action;
  link.dataset.whole = "";
  link.textContent = document.querySelector(".link-rows").dataset.more;
  line.append(link);
  return line;
}

function close() {
  opened.hidden = true;
  opened.replaceChildren();
  list.hidden = false;
  window.scrollTo(0, place);
}

function saved(became, { form, answer, body, photos, odd, unnamed }) {
  localStorage.setItem(VISITOR, body.visitor ?? "");
  const id = idOf(form.dataset.action);
  if (became === "unfinished") return showFaults(form, answer.missing, words.unfinished + answer.missing.map((fault) => fault.sentence).join("；"));
  if (became === "stored") mark(id, { ...kept.get(id), waiting: typedOf(body) });
  show(became === "done" ? saidOf(form, photos, odd) : words.stored);
  if (unnamed.length) return showFaults(form, unnamed);
  history.replaceState(null, "", form.dataset.back);
  close();
}

function typedOf(said) {
  const typed = {};
  for (const [name, value] of Object.entries(said)) {
    if (["client_id", "version"].includes(name)) continue;
    if (name.endsWith("_at")) typed[name] = value ? new Date(new Date(value).getTime() + 8 * 3_600_000).toISOString().slice(0, 16) : "";
    else typed[name] = Array.isArray(value) ? value.join() : String(value ?? "");
  }
  return typed;
}

/** Show on its row what is known of a house now. */
function mark(id, house) {
  kept.set(id, house);
  const row = rowOf(id);
  if (!row) return;
  row.classList.toggle("is-waiting", Boolean(house.waiting));
  row.classList.toggle("state-done", house.state === "done" && !house.again);
  const result = house.waiting?.result ?? house.typed.result;
  const stateWords = JSON.parse(document.querySelector(".link-rows").dataset.stateWords);
  row.querySelector("[data-state]").textContent = [house.waiting ? words.waiting.replace("{n}", "").trim() : stateWords[house.state], result ? resultWords[result] : ""].filter(Boolean).join(" · ");
  if (!house.again) row.querySelector("[data-again]").hidden = true;
  const lacks = row.querySelector("[data-lacks]");
  lacks.hidden = house.lacks.length === 0;
  lacks.textContent = lacks.hidden ? "" : document.querySelector(".link-rows").dataset.lacksSays + house.lacks.join("；");
  const counts = list.querySelector("[data-counts]");
  const done = [...kept.values()].filter((one) => one.state === "done").length;
  counts.textContent = counts.dataset.says.replace("{n}", done).replace("{all}", kept.size);
}

/** What was begun still needs; why a finished one is looked at again is said beside it. */
const lacksOf = (answer) => (answer.state === "in_progress" && !answer.again ? answer.missing.map((fault) => fault.sentence) : []);

const houseOf = (api) => [...kept.values()].find((one) => one.api === api);

/** Show what the server has answered. */
function entered({ api, kind }, answer) {
  const house = houseOf(api);
  if (!house) return;
  if (kind === "photo") return mark(house.id, { ...house, version: answer.version });
  const stands = Object.fromEntries(Object.keys(house.stands).map((name) => [name, answer[name] ?? null]));
  mark(house.id, { ...house, waiting: undefined, version: answer.version, state: answer.state, again: answer.again, lacks: lacksOf(answer), stands, typed: { ...house.typed, ...typedOf(stands) } });
}

document.addEventListener("gh:sent", ({ detail: { item, answer } }) => entered(item, answer));
// Sent while this page was on its way.
for (const { answer, ...item } of newerAnswers(words.holder, (api) => houseOf(api)?.version)) entered(item, answer);

// What waits of this village is shown on its rows, also after the page was closed.
document.addEventListener("gh:drawn", ({ detail: items }) => {
  for (const house of kept.values()) {
    const entry = items.findLast((item) => item.kind === "entry" && item.api === house.api && item.state === "waiting");
    if (Boolean(entry) !== Boolean(house.waiting)) mark(house.id, { ...house, waiting: entry && typedOf(entry.body) });
  }
});

list.addEventListener("click", (event) => {
  const link = event.target.closest(".link-row a");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  history.pushState(null, "", link.getAttribute("href"));
  open(idOf(link.pathname));
});
opened.addEventListener("click", (event) => {
  if (!event.target.closest("[data-leaves]")) return;
  event.preventDefault();
  history.back();
});
window.addEventListener("popstate", () => (idOf(location.pathname) ? open(idOf(location.pathname)) : close()));

const search = list.querySelector("[data-filters]");
if (search) {
  search.hidden = false;
  search.addEventListener("input", () => {
    for (const row of list.querySelectorAll(".link-row")) row.hidden = !row.textContent.includes(search.value.trim());
  });
}

// The worker's copy of this page was asked for by the address of a house.
if (idOf(location.pathname)) {
  const id = idOf(location.pathname);
  history.replaceState(null, "", template.content.querySelector("[data-leaves]").getAttribute("href"));
  history.pushState(null, "", kept.get(id)?.action ?? location.pathname);
  open(id);
}
// Where a page is not encrypted, or the browser in a chat program has none, the page works while it stays open.
navigator.serviceWorker?.register("/v/worker.js", { scope: "/v/" }).catch(() => {});
navigator.serviceWorker?.addEventListener("message", ({ data }) => {
  if (data?.kept) document.getElementById("opens-offline").hidden = false;
});
navigator.serviceWorker?.startMessages();
// What was loaded before the worker was there.
navigator.serviceWorker?.ready.then(({ active }) => {
  const used = performance.getEntriesByType("resource").map((one) => new URL(one.name)).filter((one) => one.pathname.startsWith("/static/"));
  active.postMessage({ keep: [template.content.querySelector("[data-leaves]").getAttribute("href"), ...used.map((one) => one.pathname + one.search)] });
});
