// What every page does by itself: sends the CSRF token with htmx, shows toasts and failures, opens menus. Nothing imports
// it: under a second address it would run twice, and a menu that opens twice stays closed.
import "./frame/leaving.js";
import "./frame/room.js";
import { show, showFirst, withdraw, words } from "./frame/toasts.js";
import "./inspections/delivering.js";

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRF-Token"] = document.querySelector("meta[name=csrf-token]").content;
  // What a page asks for by itself. Told of the element alone: hx-headers would hand it on to every press within it, which
  // would keep no session alive and say of a lost network that the page merely stands still.
  if ("background" in event.detail.elt.dataset) event.detail.headers["X-Background"] = "1";
});

// A problem answer (application/problem+json) is a sentence for the person, not a piece of the page.
document.addEventListener("htmx:responseError", (event) => {
  let problem = {};
  try {
    problem = JSON.parse(event.detail.xhr.responseText);
  } catch {
    // Not one of our answers: a proxy in between, for example.
  }
  // A session that has ended leads to the sign-in, see frame/session.js.
  if (event.detail.xhr.status !== 401) show(problem.detail || problem.title || words.failed, { failed: true });
});
// Nobody has pressed for what a page renews by itself: it only says that what it shows is not of now, until it is again.
const isBackground = (event) => Boolean(event.detail.requestConfig?.headers?.["X-Background"]);
const stale = new Set();
document.addEventListener("htmx:sendError", (event) => {
  if (!isBackground(event)) return show(words.offline, { failed: true });
  stale.add(event.detail.requestConfig.path);
  show(words.stale, { failed: true });
});
// What has failed comes again; what never failed says nothing of it.
document.addEventListener("htmx:afterRequest", (event) => {
  if (!isBackground(event) || !event.detail.successful || !stale.has(event.detail.requestConfig.path)) return;
  stale.clear();
  withdraw(words.stale);
});

// The server says what was done with the header HX-Trigger: {"gh:toast": {"text": "…", "undo": "/address to POST to"}}.
document.addEventListener("gh:toast", (event) => show(event.detail.text, { undo: event.detail.undo }));

showFirst();

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
