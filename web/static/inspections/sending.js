// Sends what waits, one after the other in the order in which it was written. Sent twice is done once (client_id; a photo by
// its content). What the server refuses stays here with the reason; nothing of somebody else is overwritten unasked.
import { keepAnswer } from "./answers.js";
import { all, drop, put } from "./store.js";

export const FIELDS = ["result", "damage", "rooms_collapsed", "rooms_severe", "rooms_slight", "finding_items", "findings", "visitor", "visited_at", "reported_how", "reported_by", "reported_at"];
// Of a household that must be moved: how it stands, how many they are, where to.
const MOVE_FIELDS = ["state", "people", "shelter_id", "note"];
const fieldsOf = (item) => (item.kind === "move" ? MOVE_FIELDS : FIELDS);
const PATIENCE_MS = 30_000;
// A photo over a weak net.
const PHOTO_PATIENCE_MS = 180_000;
let running;

/** Send what waits of `holder`; why it stopped: "" when nothing is left to send, else offline, busy, signed-out, closed. */
export function send(holder) {
  running ??= pass(holder)
    .then((why) => {
      document.dispatchEvent(new CustomEvent("gh:stopped", { detail: why }));
      return why;
    })
    .finally(() => (running = null));
  return running;
}

async function pass(holder) {
  const tried = new Set();
  for (;;) {
    const items = (await all()).filter((item) => item.holder === holder);
    const stuck = new Set(items.filter((item) => item.kind !== "photo" && item.state !== "waiting").map((item) => item.api));
    const next = items.find((item) => item.state === "waiting" && !tried.has(item.key) && !(item.kind !== "photo" && stuck.has(item.api)));
    if (!next) return "";
    tried.add(next.key);
    const why = await (next.kind === "photo" ? sendPhoto(next) : sendEntry(next));
    document.dispatchEvent(new CustomEvent("gh:waiting"));
    if (why) return why;
  }
}

async function sendEntry(item) {
  const told = await ask(item.api, { method: "PATCH", headers: { "Content-Type": "application/json" }, body: JSON.stringify(bodyOf(item)) });
  if (told.answer) return sent(item, told.answer);
  if (told.later) return told.later;
  // What is taken back, or taken over from another event, is no word of one's own: there is nothing to compare.
  if (told.status !== 409 || item.body.undo || item.body.take_over || hasEnded(told)) return refused(item, told);
  const { answer: theirs, later } = await ask(item.api);
  if (later) return later;
  if (!theirs || theirs.state === "withdrawn") return refused(item, told);
  // The same was saved already, or only photos came in between: nobody's words are lost.
  const fields = fieldsOf(item);
  if (alike(item.body, theirs, fields)) return sent(item, theirs);
  if (item.base && alike(item.base, theirs, fields) && item.body.version !== theirs.version) {
    item.body.version = theirs.version;
    await put(item);
    return sendEntry(item);
  }
  await put({ ...item, state: "conflict", theirs });
  return "";
}

/** Of a household also how long ago it was said: a difference holds although the phone's clock is wrong. */
function bodyOf({ kind, at, body }) {
  return kind === "move" ? { ...body, ago: Math.max(0, Math.round((Date.now() - at) / 1000)) } : body;
}

async function sendPhoto(item) {
  const form = new FormData();
  form.append("file", item.blob, item.name);
  const told = await ask(`${item.api}/photos`, { method: "POST", body: form }, PHOTO_PATIENCE_MS);
  if (told.later) return told.later;
  if (!told.answer) return refused(item, told);
  keepAnswer(item, told.answer);
  await drop(item.key);
  // Our own photo made the house newer: what was written before it is no older for that.
  for (const later of await all())
    if (later.api === item.api && later.kind === "entry" && later.body.version === told.answer.version - 1)
      await put({ ...later, body: { ...later.body, version: told.answer.version } });
  tell(item, told.answer);
  return "";
}

async function sent(item, answer) {
  keepAnswer(item, answer);
  await drop(item.key);
  for (const later of await all())
    if (later.api === item.api && later.kind !== "photo" && later.key > item.key)
      await put({ ...later, base: answer, body: { ...later.body, version: answer.version } });
  tell(item, answer);
  return "";
}

async function refused(item, told) {
  await put({ ...item, state: "refused", told: { status: told.status, detail: told.detail, errors: told.errors } });
  return "";
}

/** Whether the event took it no more: nobody else's words stand against it. Opened again, the event takes it. */
export const hasEnded = (told) => told.errors.some((fault) => fault.column === "event");

function tell(item, answer) {
  document.dispatchEvent(new CustomEvent("gh:sent", { detail: { item, answer } }));
}

/** Whether two say the same of a house; what one of them does not speak of does not count. */
function alike(said, stands, fields = FIELDS) {
  return fields.every((name) => !(name in said) || plain(name, said[name]) === plain(name, stands[name]));
}

function plain(name, value) {
  if (value === null || value === undefined || value === "") return "";
  if (name.endsWith("_at")) return String(Math.floor(new Date(value).getTime() / 60_000));
  return Array.isArray(value) ? [...value].sort().join() : String(value).trim();
}

/** One request: {answer}, or {later: why} where it may be tried again, or {status, detail, errors}. */
async function ask(address, options = {}, patience = PATIENCE_MS) {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), patience);
  const csrf = document.querySelector("meta[name=csrf-token]").content;
  try {
    const response = await fetch(address, { ...options, signal: giveUp.signal, headers: { Accept: "application/json", "X-CSRF-Token": csrf, ...options.headers } });
    const kind = response.headers.get("content-type") ?? "";
    // The sign-in of a public network answers in our place.
    if (!kind.includes("json")) return { later: response.status >= 500 ? "busy" : "offline" };
    const said = await response.json();
    if (response.ok) return { answer: said };
    if (response.status === 401) return { later: "signed-out" };
    if (said.closed) return { later: "closed" };
    if (response.status >= 500 || [408, 429].includes(response.status)) return { later: "busy" };
    return { status: response.status, detail: said.detail || said.title, errors: said.errors ?? [] };
  } catch {
    return { later: "offline" };
  } finally {
    clearTimeout(timer);
  }
}
