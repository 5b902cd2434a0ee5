// A session that has ended while somebody was typing: before a form is sent the page asks whether it still holds, and lets
// them sign in again where they are. What was typed, chosen files too, stays in the form and is sent afterwards. A page on which
// nothing was typed goes to the sign-in as soon as it hears that the session has ended.
import { show, words } from "./toasts.js";

const dialog = document.getElementById("sign-in-again");
// A page that has just heard from the server need not ask again.
const FRESH_MS = 60_000;
let heard = Date.now();
let waiting = null;
let isTyped = false;
let isTold = false;

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || !form.elements.csrf_token || Date.now() - heard < FRESH_MS) return;
  event.preventDefault();
  ask(form, event.submitter);
});
document.addEventListener("input", (event) => {
  if (event.target.form?.method === "post" && event.target.closest("main")) isTyped = true;
});
// A form that keeps what it could not send (inspections/form.js) asks for the sign-in by itself.
document.addEventListener("gh:signed-out", (event) => {
  waiting = event.detail;
  dialog.showModal();
});
document.addEventListener("htmx:afterOnLoad", (event) => {
  if (event.detail.xhr.status < 400) heard = Date.now();
});
// What the page asks for by itself, the line of events for example, must not take away what was typed: the answer to it
// would lead to the sign-in.
document.addEventListener("htmx:beforeOnLoad", (event) => {
  if (event.detail.xhr.status !== 401) return;
  heard = 0;
  if (!isTyped) return;
  event.preventDefault();
  if (!isTold) show(dialog.dataset.ended, { failed: true });
  isTold = true;
});

async function ask(form, submitter) {
  let answer;
  try {
    answer = await fetch("/api/v1/session", { headers: { Accept: "application/json", "X-Background": "1" } });
    if (answer.ok) return go(form, submitter, await answer.json());
  } catch {
    return show(words.offline, { failed: true });
  }
  if (answer.status !== 401) return send(form, submitter);
  waiting = { form, submitter };
  dialog.showModal();
}

function go(form, submitter, session) {
  // Somebody else has signed in meanwhile in another window: not in their name.
  if (session.user !== dialog.dataset.user) return show(dialog.dataset.other, { failed: true });
  document.querySelector("meta[name=csrf-token]").content = session.csrf_token;
  for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = session.csrf_token;
  isTold = false;
  send(form, submitter);
}

function send(form, submitter) {
  heard = Date.now();
  form.requestSubmit(submitter);
}

dialog.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const told = dialog.querySelector("[role=alert]");
  const field = dialog.querySelector("input[type=password]");
  try {
    const answer = await fetch("/api/v1/session", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ username: dialog.dataset.user, password: field.value }),
    });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.detail);
    field.value = "";
    told.hidden = true;
    dialog.close();
    go(waiting.form, waiting.submitter, said);
  } catch (error) {
    told.textContent = error instanceof TypeError ? words.offline : error.message;
    told.hidden = false;
    field.select();
  }
});
dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
