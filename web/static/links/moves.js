// Whom to fetch, on the village's list: one tap says how a household stands. A tap is kept in this browser first and sent when
// there is a network (inspections/sending.js), so that nothing is lost; 撤销 takes the last one back.
import { add, all, drop } from "../inspections/store.js";
import { newerAnswers } from "../inspections/answers.js";
import { words } from "../inspections/waiting.js";
import { send } from "../inspections/sending.js";
import { plainDigits } from "../frame/digits.js";
import { show } from "../frame/toasts.js";

const list = document.querySelector(".link-moves");
const labels = list ? JSON.parse(list.dataset.words) : {};
const MOVED = ["moved_to_shelter", "moved_to_kin", "away", "returned"];
const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const rowOf = (api) => list.querySelector(`[data-api="${api}"]`);

/** What is typed beside the press: only what differs from what stands; an empty number or place states nothing. */
function typed(row, state) {
  const form = row.querySelector(".link-move-acts").elements;
  if (!form.people) return {};
  const { people: counted, shelter_id: shelter, note } = Object.fromEntries(["people", "shelter_id", "note"].map((name) => [name, form[name].value.trim()]));
  const people = plainDigits(counted);
  const said = {};
  if (/^\d{1,2}$/.test(people) && people !== row.dataset.people) said.people = Number(people);
  if (state === "moved_to_shelter" && shelter && (shelter !== row.dataset.shelter || row.dataset.state !== state)) said.shelter_id = Number(shelter);
  if (note !== row.dataset.note) said.note = note || null;
  return said;
}

/** How many, where to, what beside, as it stands or was said here. */
function drawSaid(row, state, said) {
  const form = row.querySelector(".link-move-acts").elements;
  const people = said.people ?? (row.dataset.people === "" ? null : row.dataset.people);
  const to = "to" in said ? said.to : "shelter_id" in said ? form.shelter_id.querySelector(`[value="${said.shelter_id}"]`)?.textContent : state === row.dataset.state ? row.dataset.to : "";
  const note = "note" in said ? said.note : row.dataset.note;
  row.querySelector("[data-people-said]").textContent = people === null ? list.dataset.noPeople : list.dataset.people.replace("{n}", people);
  row.querySelector("[data-to-said]").textContent = to ? ` → ${to}` : "";
  row.querySelector("[data-note-said]").textContent = note ? ` ${note}` : "";
}

/** Show how a household stands; `waits`: said here and not sent yet, `said`: what was said beside. */
function draw(row, state, { waits = false, by = "", undo, said = {} } = {}) {
  row.dataset.shown = state;
  drawSaid(row, state, said);
  row.className = `link-move move-${state}${MOVED.includes(state) ? " is-done" : ""}${waits ? " is-waiting" : ""}`;
  row.querySelector("[data-state-said]").textContent = [named(row, state, said), waits ? words.waiting.replace("{n}", "").trim() : by].filter(Boolean).join(" · ");
  const save = row.querySelector("[data-save]");
  if (save) save.value = state;
  for (const button of row.querySelectorAll("[name=state]:not([data-save])")) button.hidden = button.value === state || (button.value === "pending" && state === "pending");
  // What the other event knows matters as long as they are not moved here.
  for (const part of row.querySelectorAll("[data-elsewhere], [name=take_over]")) part.hidden = MOVED.includes(state);
  // Whether they may go home was said of how they stood; the page says it anew when it is read again.
  const homeward = row.querySelector("[data-homeward]");
  if (homeward) homeward.hidden = state !== row.dataset.state;
  const back = row.querySelector("[data-undo]");
  back.hidden = !undo;
  back.value = undo ?? "";
  const counts = document.querySelector("[data-move-counts]");
  const rows = [...list.children];
  const left = rows.filter((one) => !MOVED.includes(one.dataset.shown ?? one.dataset.state)).length;
  counts.textContent = counts.dataset.says.replace("{n}", left).replace("{all}", rows.length);
}

/** How it stands in words: of whom nobody knows where they are, not that they are in a shelter. */
function named(row, state, said) {
  const hasPlace = "to" in said ? said.to : "shelter_id" in said ? said.shelter_id : state === row.dataset.state && row.dataset.to;
  return state === "moved_to_shelter" && !hasPlace ? list.dataset.unplaced : labels[state];
}

/** All that is said in one line, as the server tells what stands. */
function inWords(row, state, said) {
  const to = "to" in said ? said.to : "shelter_id" in said && row.querySelector(`[name=shelter_id] [value="${said.shelter_id}"]`)?.textContent;
  const people = said.people === undefined || said.people === null ? "" : list.dataset.people.replace("{n}", said.people);
  return [named(row, state, said), to && `→ ${to}`, people, said.note].filter(Boolean).join(" ");
}

/** What takes back what was said beside and has not been sent yet. */
function stoodBefore(row, before, said) {
  const back = {};
  if ("people" in said) back.people = row.dataset.people === "" ? null : Number(row.dataset.people);
  if ("note" in said) back.note = row.dataset.note || null;
  if (before === "moved_to_shelter") back.shelter_id = row.dataset.shelter ? Number(row.dataset.shelter) : null;
  return back;
}

/** 接转: what the other event says of them, with how many and what beside as typed here. */
function knownElsewhere(row) {
  const other = row.querySelector("[data-elsewhere]").dataset;
  const said = { to: other.to, ...typed(row, other.elsewhere) };
  if (row.dataset.people === "" && other.people && !("people" in said)) said.people = Number(other.people);
  return said;
}

async function press(row, button) {
  const before = row.dataset.shown ?? row.dataset.state;
  const isUndo = button.name === "undo";
  if (!isUndo && !row.querySelector(".link-move-acts").reportValidity()) return undefined;
  // What was not sent yet is taken back by saying what stood before.
  const step = isUndo && /^\d+$/.test(button.value) ? Number(button.value) : undefined;
  const takesOver = button.name === "take_over";
  const state = takesOver ? row.querySelector("[data-elsewhere]").dataset.elsewhere : isUndo ? (row.dataset.before ?? "pending") : button.value;
  // A place that was chosen here is said by 已转移.
  if (takesOver && row.querySelector("[name=shelter_id]").value) return show(list.dataset.moveFirst, { failed: true });
  const said = takesOver ? knownElsewhere(row) : isUndo ? JSON.parse(row.dataset.backTo ?? "{}") : typed(row, state);
  if (button.matches("[data-save]")) {
    // A place is told of whom is there: first that they are moved.
    if (state !== "moved_to_shelter" && row.querySelector("[name=shelter_id]").value) return show(list.dataset.moveFirst, { failed: true });
    if (!Object.keys(said).length) return undefined;
  }
  const version = Number(row.dataset.version);
  // Where they are is told by the server: it knows what the other event says by then.
  const stated = takesOver ? { ...typed(row, state), take_over: true } : said;
  const body = step ? { undo: step, version } : { state, ...stated, version, client_id: newId() };
  try {
    // Whoever taps again has decided: what was refused or stood against somebody else's word before is gone.
    for (const old of await all())
      if (old.kind === "move" && old.api === row.dataset.api && old.holder === words.holder && old.state !== "waiting") {
        if (old.theirs) body.version = old.theirs.version;
        await drop(old.key);
      }
    await add([{ kind: "move", holder: words.holder, api: row.dataset.api, action: location.pathname, title: row.dataset.title, says: inWords(row, state, said), said, state: "waiting", at: Date.now(), body }]);
  } catch {
    return show(words.full, { failed: true });
  }
  row.dataset.before = before;
  row.dataset.backTo = JSON.stringify(isUndo ? {} : stoodBefore(row, before, said));
  draw(row, state, { waits: true, undo: isUndo ? undefined : "waiting", said });
  show(isUndo ? list.dataset.undone : `${row.dataset.title} ${list.dataset.entered.replace("{state}", named(row, state, said))}`);
  document.dispatchEvent(new CustomEvent("gh:waiting"));
  return send(words.holder);
}

/** The fields say what stands, unless somebody is at work in them. */
function fill(row) {
  const form = row.querySelector(".link-move-acts").elements;
  if (!form.people || row.querySelector(".link-move-more").contains(document.activeElement)) return;
  [form.people.value, form.shelter_id.value, form.note.value] = [row.dataset.people, row.dataset.shelter, row.dataset.note];
}

function versionOf(api) {
  const row = rowOf(api);
  return row ? Number(row.dataset.version) : undefined;
}

/** Show what the server has answered. */
function entered(row, answer) {
  row.dataset.version = answer.version;
  row.dataset.state = answer.state;
  Object.assign(row.dataset, { people: answer.people ?? "", shelter: answer.shelter_id ?? "", to: answer.to, note: answer.note ?? "" });
  fill(row);
  draw(row, answer.state, { by: answer.entered_by ?? "", undo: answer.step ?? undefined });
}

if (list) {
  list.addEventListener("submit", (event) => {
    const row = event.target.closest(".link-move");
    if (!event.target.matches(".link-move-acts") || !event.submitter) return;
    event.preventDefault();
    press(row, event.submitter);
  });
  document.addEventListener("gh:sent", ({ detail: { item, answer } }) => {
    const row = item.kind === "move" && rowOf(item.api);
    if (row) entered(row, answer);
  });
  // What waits is shown on its row, also after the page was closed.
  document.addEventListener("gh:drawn", ({ detail: items }) => {
    for (const row of list.children) {
      const mine = items.filter((item) => item.kind === "move" && item.api === row.dataset.api);
      const last = mine.findLast((item) => item.state === "waiting" && item.body.state);
      if (last) draw(row, last.body.state, { waits: true, undo: "waiting", said: last.said ?? last.body });
      // It was refused, or somebody else has said otherwise: what the card tells stands.
      else if (row.classList.contains("is-waiting") && !mine.some((item) => item.state === "waiting")) draw(row, row.dataset.state);
    }
  });
  // Sent while this page was on its way; and what waits may have been told before anybody listened here.
  for (const { api, kind, answer } of newerAnswers(words.holder, versionOf)) if (kind === "move") entered(rowOf(api), answer);
  document.dispatchEvent(new CustomEvent("gh:waiting"));
}
