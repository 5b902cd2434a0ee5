// The board of calls: dialling is a press, timers run, what was typed outlives the board's renewal, and a press that found no
// network is sent again, with how long it has waited. Everything else the page does without this.
import { showCopies } from "../frame/copies.js";
import { keep, sendAgain, unsent } from "./unsent_calls.js";

const RETRY_MS = 8000;
let drawnAt = performance.now();

const board = () => document.getElementById("calls");

// The boards on their way; and those that were asked for before something was done: what comes of these knows nothing of it.
const asked = new Set();
const outdated = new WeakSet();
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target?.id === "calls" && event.detail.requestConfig.verb === "get") asked.add(event.detail.xhr);
});
document.addEventListener("htmx:afterRequest", (event) => asked.delete(event.detail.xhr));

function passOverWhatWasAsked() {
  for (const request of asked) outdated.add(request);
}

/** The board as it is now, whatever is on its way. */
function renew() {
  passOverWhatWasAsked();
  // Not by the board itself: it would wait for what it has asked for, and be gone when that comes; and where it has just
  // come anew, it does not listen yet.
  const source = document.getElementById("calls-unsent");
  window.htmx.ajax("GET", board().getAttribute("hx-get"), { source, target: board(), swap: "outerHTML", headers: { "X-Background": "1" } });
}

/** Whoever dials has begun a call: the number's link sends its form. */
document.addEventListener("click", (event) => {
  const dialled = event.target.closest("[data-starts]");
  if (dialled) document.getElementById(dialled.dataset.starts)?.requestSubmit();
});

/** Minutes and seconds since the call, by this device's running time: its clock may be wrong. */
function tick() {
  const passed = (performance.now() - drawnAt) / 1000;
  const after = Number(board()?.dataset.after);
  for (const timer of document.querySelectorAll("[data-elapsed]")) {
    const seconds = Math.floor(Number(timer.dataset.elapsed) + passed);
    timer.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    const row = timer.matches(".call-waited") ? timer.closest(".call-calling") : null;
    if (row && seconds >= after && !row.dataset.asked) {
      row.dataset.asked = "1";
      renew();
    }
  }
}

// What is open and typed stays when the board comes anew; while somebody types it does not come.
let kept = { open: [], typed: [] };
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target?.id !== "calls") return;
  if (outdated.has(event.detail.xhr)) {
    event.detail.shouldSwap = false;
    return;
  }
  const isPress = event.detail.requestConfig?.verb === "post";
  if (isPress) passOverWhatWasAsked();
  if (!isPress && board().contains(document.activeElement) && /^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName)) {
    event.detail.shouldSwap = false;
    return;
  }
  kept = {
    open: [...board().querySelectorAll("details[open]")].map((one) => one.id),
    typed: [...board().querySelectorAll("input[id], textarea[id]")].filter((one) => one.value).map((one) => [one.id, one.value]),
  };
});
document.addEventListener("htmx:afterSwap", (event) => {
  showCopies();
  if (event.detail.target?.id !== "calls") return;
  drawnAt = performance.now();
  for (const id of kept.open) document.getElementById(id)?.setAttribute("open", "");
  for (const [id, value] of kept.typed) if (document.getElementById(id)) document.getElementById(id).value = value;
  tick();
});
// Presses follow each other quickly, and their sentences lie where the thumb presses: the last one is enough.
document.addEventListener(
  "gh:toast",
  () => {
    for (const told of document.querySelectorAll("#toasts .toast-text:not(.toast-failed)")) told.remove();
  },
  true,
);
document.addEventListener("gh:undone", (event) => {
  event.preventDefault();
  renew();
});
document.addEventListener("gh:steps", () => {
  const steps = document.getElementById("event-steps");
  if (steps) window.htmx.ajax("GET", steps.getAttribute("hx-get"), { source: steps, target: steps, swap: "outerHTML", headers: { "X-Background": "1" } });
});

document.addEventListener("gh:calls-unsent", ({ detail: count }) => {
  const told = document.getElementById("calls-unsent");
  told.hidden = count === 0;
  told.querySelector("b").textContent = String(count);
});

document.addEventListener(
  "htmx:sendError",
  (event) => {
    const config = event.detail.requestConfig;
    if (!event.target.closest?.("[data-press]") || config.verb !== "post") return;
    // It is not lost: the sentence about a lost connection, which says so, is not for this one.
    event.stopPropagation();
    const values = {};
    for (const [name, value] of config.formData.entries()) if (name !== "csrf_token") values[name] = value;
    const known = unsent();
    if (!known.some((one) => one.values.client_id === values.client_id)) keep([...known, { path: config.path, values, at: Date.now() }]);
  },
  true,
);

const sendAll = () => board() && sendAgain(renew);

showCopies();
tick();
keep(unsent());
sendAll();
setInterval(tick, 1000);
setInterval(sendAll, RETRY_MS);
window.addEventListener("online", sendAll);
