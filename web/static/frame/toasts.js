// Sentences at the foot of the page: what was done, with 撤销 where it can be undone, and what failed.
export const words = document.getElementById("toast-words").dataset;
const toasts = document.getElementById("toasts");
const SHOWN_MS = 7000;
const SHOWN_WITH_UNDO_MS = 10000;

/** Show one sentence for some seconds; `undo` is an address to POST to. */
export function show(text, { undo, failed = false } = {}) {
  const toast = document.createElement("div");
  toast.className = failed ? "toast-text toast-failed" : "toast-text";
  toast.append(text);
  if (undo) toast.append(undoButton(undo, toast));
  toasts.append(toast);
  leaveLater(toast, undo ? SHOWN_WITH_UNDO_MS : SHOWN_MS);
}

function undoButton(address, toast) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = words.undo;
  button.addEventListener("click", () => {
    toast.remove();
    window.htmx.ajax("POST", address, { swap: "none" }).then(() => location.reload());
  });
  return button;
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
