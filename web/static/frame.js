// What every page does by itself: sends the CSRF token with htmx, shows toasts and failures, opens menus.
const words = document.getElementById("toast-words").dataset;
const toasts = document.getElementById("toasts");
const SHOWN_MS = 7000;
const SHOWN_WITH_UNDO_MS = 10000;

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRF-Token"] = document.querySelector("meta[name=csrf-token]").content;
});

// A problem answer (application/problem+json) is a sentence for the person, not a piece of the page.
document.addEventListener("htmx:responseError", (event) => {
  let problem = {};
  try {
    problem = JSON.parse(event.detail.xhr.responseText);
  } catch {
    // Not one of our answers: a proxy in between, for example.
  }
  if (event.detail.xhr.status === 401) location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
  else show(problem.detail || problem.title || words.failed, { failed: true });
});
document.addEventListener("htmx:sendError", () => show(words.offline, { failed: true }));

// The server says what was done with the header HX-Trigger: {"gh:toast": {"text": "…", "undo": "/address to POST to"}}.
document.addEventListener("gh:toast", (event) => show(event.detail.text, { undo: event.detail.undo }));

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

for (const toast of toasts.querySelectorAll(".toast-text")) leaveLater(toast, SHOWN_MS);

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  for (const other of document.querySelectorAll("[data-opens]")) {
    const opened = document.getElementById(other.dataset.opens);
    const open = other === opener ? opened.hidden : opened.contains(event.target) && !opened.hidden;
    opened.hidden = !open;
    other.setAttribute("aria-expanded", String(open));
  }
});

document.addEventListener("click", (event) => {
  if (!event.target.closest(".top-search")) document.getElementById("top-found")?.replaceChildren();
});
document.addEventListener("keydown", (event) => {
  const search = document.querySelector(".top-search input[type=search]");
  if (!search) return;
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? "");
  if (event.key === "/" && !typing) {
    event.preventDefault();
    search.focus();
  } else if (event.key === "Escape") {
    document.getElementById("top-found").replaceChildren();
  }
});
