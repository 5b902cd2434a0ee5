// Sentences at the foot of the page: what was done, with 撤销 where it can be undone, and what failed.
// What is taken back waits for what is still under way, and goes one after the other: a page that were loaded anew in
// between would lose the second one, and say nothing.
export const words = document.getElementById("toast-words").dataset;
const toasts = document.getElementById("toasts");
const SHOWN_MS = 7000;
const SHOWN_WITH_UNDO_MS = 10000;

/** Show one sentence for some seconds; `undo` is an address to POST to. */
export function show(text, { undo, failed = false } = {}) {
  // What fails again and again is said once: told anew each time it would cover the page.
  if (failed) withdraw(text);
  const toast = document.createElement("div");
  toast.className = failed ? "toast-text toast-failed" : "toast-text";
  toast.append(text);
  if (undo) {
    toast.dataset.undo = "yes";
    toast.append(undoButton(undo, toast));
  }
  makeRoom();
  toasts.append(toast);
  leaveLater(toast, undo ? SHOWN_WITH_UNDO_MS : SHOWN_MS);
}

/** A failure that holds no more, or is told anew. */
export function withdraw(text) {
  for (const told of toasts.querySelectorAll(".toast-failed")) if (told.firstChild.textContent === text) told.remove();
}

/** They lie where the thumb works: two at most, and what can be taken back stays longest. */
function makeRoom() {
  const shown = [...toasts.querySelectorAll(".toast-text:not(.toast-failed)")];
  const plain = shown.filter((toast) => !toast.dataset.undo);
  for (const toast of [...plain, ...shown.filter((one) => one.dataset.undo)].slice(0, Math.max(0, shown.length - 1))) toast.remove();
}

function undoButton(address, toast) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = words.undo;
  button.addEventListener("click", () => {
    toast.remove();
    undo(address);
  });
  return button;
}

// Changes that were sent and are not answered yet, and who waits for them.
let underWay = 0;
let waiting = [];
const isChange = (event) => event.detail.requestConfig?.verb !== "get";
document.addEventListener("htmx:beforeSend", (event) => {
  if (isChange(event)) underWay += 1;
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (!isChange(event)) return;
  underWay -= 1;
  if (underWay) return;
  for (const goOn of waiting) goOn();
  waiting = [];
});
const answered = () => (underWay ? new Promise((goOn) => waiting.push(goOn)) : Promise.resolve());

let turn = Promise.resolve();
let toUndo = 0;
let isUndone = false;

function undo(address) {
  toUndo += 1;
  turn = turn
    .then(answered)
    .then(() => takeBack(address))
    .then((done) => {
      toUndo -= 1;
      isUndone ||= done;
      if (toUndo || !isUndone) return;
      isUndone = false;
      // A page that brings its parts up to date by itself says so; what is typed in it stays.
      if (document.dispatchEvent(new CustomEvent("gh:undone", { cancelable: true }))) location.reload();
    });
}

/** Each from an element of its own: of two from one element htmx keeps only the last. */
async function takeBack(address) {
  const source = document.createElement("span");
  source.hidden = true;
  toasts.append(source);
  let done = false;
  source.addEventListener("htmx:afterRequest", (event) => {
    done = event.detail.successful;
  });
  try {
    await window.htmx.ajax("POST", address, { source, swap: "none" });
  } catch {
    // Not sent: frame.js has said so.
  }
  source.remove();
  return done;
}

function leaveLater(toast, ms) {
  const close = document.createElement("button");
  close.type = "button";
  close.className = "toast-close";
  close.setAttribute("aria-label", words.close);
  close.textContent = "×";
  close.addEventListener("click", () => toast.remove());
  toast.append(close);
  // A failure stays until it has been read.
  if (!toast.classList.contains("toast-failed")) setTimeout(() => toast.remove(), ms);
}

/** What the page came with leaves by itself, too. */
export function showFirst() {
  for (const toast of toasts.querySelectorAll(".toast-text")) leaveLater(toast, SHOWN_MS);
}
