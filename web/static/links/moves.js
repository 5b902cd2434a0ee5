// Whom to fetch, on the village's list: one tap says how a household stands. A tap is kept in this browser first and sent when
// there is a network (inspections/sending.js), so that nothing is lost; 撤销 takes the last one back.
import { add, all, drop } from "../inspections/store.js";
import { words } from "../inspections/waiting.js";
import { send } from "../inspections/sending.js";
import { show } from "../frame/toasts.js";

const list = document.querySelector(".link-moves");
const labels = list ? JSON.parse(list.dataset.words) : {};
const MOVED = ["moved_to_shelter", "moved_to_kin", "away", "returned"];
const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const rowOf = (api) => list.querySelector(`[data-api="${api}"]`);

/** Show how a household stands; `waits`: said here and not sent yet. */
function draw(row, state, { waits = false, by = "", undo } = {}) {
  row.dataset.shown = state;
  row.className = `link-move move-${state}${MOVED.includes(state) ? " is-done" : ""}${waits ? " is-waiting" : ""}`;
  row.querySelector("[data-state-said]").textContent = [labels[state], waits ? words.waiting.replace("{n}", "").trim() : by].filter(Boolean).join(" · ");
  for (const button of row.querySelectorAll("[name=state]")) button.hidden = button.value === state || (button.value === "pending" && state === "pending");
  const back = row.querySelector("[data-undo]");
  back.hidden = !undo;
  back.value = undo ?? "";
  const counts = document.querySelector("[data-move-counts]");
  const rows = [...list.children];
  const left = rows.filter((one) => !MOVED.includes(one.dataset.shown ?? one.dataset.state)).length;
  counts.textContent = counts.dataset.says.replace("{n}", left).replace("{all}", rows.length);
}

async function press(row, button) {
  const before = row.dataset.shown ?? row.dataset.state;
  const isUndo = button.name === "undo";
  // What was not sent yet is taken back by saying what stood before.
  const step = isUndo && /^\d+$/.test(button.value) ? Number(button.value) : undefined;
  const state = isUndo ? (row.dataset.before ?? "pending") : button.value;
  const body = step ? { undo: step, version: Number(row.dataset.version) } : { state, version: Number(row.dataset.version), client_id: newId() };
  try {
    // Whoever taps again has decided: what was refused or stood against somebody else's word before is gone.
    for (const old of await all())
      if (old.kind === "move" && old.api === row.dataset.api && old.holder === words.holder && old.state !== "waiting") {
        if (old.theirs) body.version = old.theirs.version;
        await drop(old.key);
      }
    await add([{ kind: "move", holder: words.holder, api: row.dataset.api, action: location.pathname, title: row.dataset.title, says: labels[state], state: "waiting", at: Date.now(), body }]);
  } catch {
    return show(words.full, { failed: true });
  }
  row.dataset.before = before;
  draw(row, state, { waits: true, undo: isUndo ? undefined : "waiting" });
  show(isUndo ? list.dataset.undone : `${row.dataset.title} ${list.dataset.entered.replace("{state}", labels[state])}`);
  document.dispatchEvent(new CustomEvent("gh:waiting"));
  return send(words.holder);
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
    if (!row) return;
    row.dataset.version = answer.version;
    row.dataset.state = answer.state;
    draw(row, answer.state, { by: answer.entered_by ?? "", undo: item.body.undo ? undefined : (answer.step ?? undefined) });
  });
  // What waits is shown on its row, also after the page was closed.
  document.addEventListener("gh:drawn", ({ detail: items }) => {
    for (const row of list.children) {
      const mine = items.filter((item) => item.kind === "move" && item.api === row.dataset.api);
      const last = mine.findLast((item) => item.state === "waiting" && item.body.state);
      if (last) draw(row, last.body.state, { waits: true, undo: "waiting" });
      // It was refused, or somebody else has said otherwise: what the card tells stands.
      else if (row.classList.contains("is-waiting") && !mine.some((item) => item.state === "waiting")) draw(row, row.dataset.state);
    }
  });
}
