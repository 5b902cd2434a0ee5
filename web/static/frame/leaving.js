// A browser that several people use. Signing out takes the account's drafts out of it; what was saved and not sent yet stays,
// for nobody else, and goes as soon as the same account signs in again (inspections/delivering.js). Whoever signs out is
// asked first where something of theirs lies here.
import { all } from "../inspections/store.js";
import { unsent } from "../response/unsent_calls.js";

// Whose drafts go. Kept until the sign-out is seen to have happened: without network nobody is signed out, and nothing is lost.
const MARK = "gh-leaving";
const SIGN_OUTS = ["/sign-out", "/account/sign-out-everywhere"];
const holder = document.body.dataset.holder;
const words = document.getElementById("left-words").dataset;
const asked = new WeakSet();

const draftsOf = (whose) => Object.keys(localStorage).filter((key) => key.startsWith(`gh-draft:${whose}:`));

/** What is said before `holder` signs out, "" where nothing of theirs lies here. */
async function warning() {
  const waiting = (await all().catch(() => [])).filter((item) => item.holder === holder).length + unsent().length;
  const drafts = draftsOf(holder).length;
  const said = [waiting ? words.unsent.replace("{n}", waiting) : "", drafts ? words.drafts.replace("{n}", drafts) : ""];
  return said.some(Boolean) ? [...said, words.sure].filter(Boolean).join("\n") : "";
}

async function leave(form, submitter) {
  const said = await warning();
  if (said && !confirm(said)) return;
  localStorage.setItem(MARK, holder);
  asked.add(form);
  form.requestSubmit(submitter);
}

/** The drafts of who has just signed out go, now that they have. */
function clear() {
  const left = localStorage.getItem(MARK);
  if (!left || (location.pathname !== "/sign-in" && !holder)) return;
  localStorage.removeItem(MARK);
  if (left === holder) return;
  for (const key of draftsOf(left)) localStorage.removeItem(key);
  sessionStorage.removeItem("gh-said");
}

try {
  clear();
} catch {
  // A browser that keeps nothing.
}
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!holder || !SIGN_OUTS.includes(form.getAttribute("action")) || asked.has(form)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  leave(form, event.submitter).catch(() => form.submit());
});
