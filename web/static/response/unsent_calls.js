// Presses of the board that found no network, the oldest first, each account's by itself. They outlive the page and the
// sign-out, and go in the name of whoever pressed, never in that of somebody who signs in after them.
import { show } from "../frame/toasts.js";

const STORE = `gh-calls-unsent:${document.body.dataset.holder}`;

/** What `document.body.dataset.holder` has pressed and the server has not heard. */
export const unsent = () => JSON.parse(localStorage.getItem(STORE) ?? "[]");

export function keep(list) {
  if (list.length) localStorage.setItem(STORE, JSON.stringify(list));
  else localStorage.removeItem(STORE);
  document.dispatchEvent(new CustomEvent("gh:calls-unsent", { detail: list.length }));
}

const token = () => document.querySelector("meta[name=csrf-token]");

function send(one) {
  const body = new URLSearchParams({ ...one.values, ago: String(Math.max(0, (Date.now() - one.at) / 1000)) });
  return fetch(one.path, { method: "POST", body, headers: { "HX-Request": "true", "X-CSRF-Token": token().content } });
}

/** A sign-in in another tab has changed the token. In somebody else's name nothing is sent. */
async function hasNewToken() {
  const answer = await fetch("/api/v1/session", { headers: { Accept: "application/json", "X-Background": "1" } });
  if (!answer.ok) return false;
  const session = await answer.json();
  if (session.user !== document.getElementById("sign-in-again").dataset.user) return false;
  token().content = session.csrf_token;
  return true;
}

/** Why a press was refused, empty where it was taken: a page says so in place, a program's answer in its detail. */
async function refusalIn(answer) {
  const said = await answer.text();
  if ((answer.headers.get("Content-Type") ?? "").includes("json")) return answer.ok ? "" : JSON.parse(said).detail;
  return new DOMParser().parseFromString(said, "text/html").querySelector(".problem")?.textContent.trim() ?? "";
}

let sending = false;

/** Try to send all of them; `after` each that was answered. */
export async function sendAgain(after = () => {}) {
  if (sending) return;
  sending = true;
  try {
    for (const one of unsent()) {
      let answer = await send(one);
      if (answer.status === 403) {
        if (!(await hasNewToken())) return;
        answer = await send(one);
      }
      // Signed out meanwhile: it is sent after the next sign-in.
      if ([401, 429].includes(answer.status) || answer.status >= 500) return;
      const refused = await refusalIn(answer);
      keep(unsent().filter((other) => other.values.client_id !== one.values.client_id));
      if (refused) show(refused, { failed: true });
      after();
    }
  } catch {
    // Still no network.
  } finally {
    sending = false;
  }
}
