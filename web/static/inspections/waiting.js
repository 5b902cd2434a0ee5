// What this browser has not sent yet: how much, since when, what was refused and why, and where two have written of one house.
import { show } from "../frame/toasts.js";
import { inWords } from "./said.js";
import { hasEnded, send } from "./sending.js";
import { all, drop, put } from "./store.js";

const box = document.getElementById("waiting");
export const words = box.dataset;
const AGAIN_MS = 20_000;
const SAID = "gh-said";
let why = "";
// What was sent by itself, after its page was left, and lacks something: nobody was told by a form.
const unfinished = new Map();

/** Say something on the next page. */
export function remember(text) {
  sessionStorage.setItem(SAID, text);
}

/** Show what waits; done when it stands on the page. */
export async function draw() {
  const items = await all();
  const own = items.filter((item) => item.holder === words.holder);
  const waiting = own.filter((item) => item.state === "waiting");
  const others = items.some((item) => item.holder !== words.holder && item.holder.startsWith("user:"));
  const parts = [];
  if (waiting.length) parts.push(line(waiting));
  for (const item of own) if (item.state !== "waiting" || why === "closed") parts.push(card(item));
  for (const [api, { item, answer }] of unfinished) if (!own.some((one) => one.api === api && one.kind === "entry")) parts.push(incomplete(item, answer));
  if (others && words.holder.startsWith("user:")) parts.push(paragraph(words.other));
  box.replaceChildren(...parts);
  box.hidden = parts.length === 0;
  document.dispatchEvent(new CustomEvent("gh:drawn", { detail: own }));
  return waiting.length;
}

function line(waiting) {
  const said = { "signed-out": words.signedOut, closed: words.closed }[why] ?? (why ? words.offline : "");
  const row = document.createElement("p");
  row.className = "waiting-line";
  const count = document.createElement("strong");
  count.textContent = words.waiting.replace("{n}", waiting.length);
  row.append(count, ` ${said} `, button(words.send, flush));
  return row;
}

function card(item) {
  const part = document.createElement("div");
  part.className = "waiting-card";
  const head = document.createElement("strong");
  head.textContent = `${item.title}${item.kind === "photo" ? `　${words.photo} ${item.name}` : ""}`;
  part.append(head);
  if (item.state === "conflict") {
    part.append(paragraph(words.conflict), told(item, `${words.theirs}${item.theirs.entered_by ? `（${item.theirs.entered_by}）` : ""}`, item.theirs), told(item, words.mine, item.body));
    part.append(button(words.keepMine, () => keepMine(item)), button(words.keepTheirs, () => leave(item)));
    return part;
  }
  if (item.state === "refused") part.append(paragraph(`${words.refused}：${[item.told.detail, ...item.told.errors.map((fault) => fault.sentence)].filter((text, at, every) => text && every.findIndex((one) => one.includes(text) || text.includes(one)) === at).join("；")}`));
  if (item.kind !== "photo") part.append(told(item, words.mine, item.body));
  if (item.kind === "entry" && why !== "closed" && !(item.told && hasEnded(item.told))) part.append(button(words.edit, () => (location.href = item.action)));
  part.append(button(words.drop, () => confirm(words.sure) && leave(item)));
  return part;
}

function incomplete(item, answer) {
  const part = document.createElement("div");
  part.className = "waiting-card";
  const head = document.createElement("strong");
  head.textContent = item.title;
  part.append(head, paragraph(words.unfinished + answer.missing.map((fault) => fault.sentence).join("；")), button(words.goOn, () => (location.href = item.action)));
  return part;
}

async function keepMine(item) {
  const { theirs, ...mine } = item;
  await put({ ...mine, state: "waiting", base: theirs, body: { ...mine.body, version: theirs.version } });
  await flush();
}

async function leave(item) {
  await drop(item.key);
  const answer = item.theirs;
  if (answer) document.dispatchEvent(new CustomEvent("gh:sent", { detail: { item, answer } }));
  await flush();
}

/** Both sides in words: the form of a house, or how a household that must be moved stands. */
const told = (item, who, values) => (item.kind === "move" ? paragraph(`${who}：${values === item.body ? item.says : values.told}`) : paragraph(`${who}：${inWords(words, values)}`));

function paragraph(text) {
  const made = document.createElement("p");
  made.textContent = text;
  return made;
}

function button(label, press) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "btn btn-sm";
  made.textContent = label;
  made.addEventListener("click", press);
  return made;
}

/** Try to send all that waits. */
const flush = () => send(words.holder);

/** What was typed under another link of the same village (withdrawn, replaced) goes by this one: its houses and families stand on this page. */
async function takeOver() {
  const list = document.querySelector("#list");
  if (!list || !words.holder.startsWith("link:")) return;
  const base = `/v/${words.holder.slice(5)}`;
  for (const item of await all()) {
    const [, kind, id] = item.api.match(/^\/v\/\d+\/(api|moves)\/(\d+)$/) ?? [];
    if (item.holder === words.holder || !item.holder.startsWith("link:") || !id) continue;
    if (!list.querySelector(kind === "api" ? `.link-row[data-id="${id}"]` : `.link-move[data-id="${id}"]`)) continue;
    await put({ ...item, holder: words.holder, api: `${base}/${kind}/${id}`, action: kind === "api" ? `${base}/houses/${id}` : `${base}/houses`, state: item.state === "refused" ? "waiting" : item.state });
  }
}

async function begin() {
  await takeOver();
  // Shown before it is sent: over a weak net the first answer is long in coming.
  await draw();
  // What was refused because the page was too old, or the event had ended, may go now.
  for (const item of await all()) if (item.holder === words.holder && item.state === "refused" && (item.told.status === 403 || hasEnded(item.told))) await put({ ...item, state: "waiting" });
  await flush();
}

document.addEventListener("gh:waiting", draw);
document.addEventListener("gh:sent", ({ detail: { item, answer } }) => {
  if (item.kind !== "entry") return;
  const isTold = document.querySelector("form[data-saving]")?.dataset.api === item.api;
  if (answer.missing.length && !isTold) unfinished.set(item.api, { item, answer });
  else unfinished.delete(item.api);
});
document.addEventListener("gh:stopped", ({ detail }) => {
  why = detail;
  draw();
});
window.addEventListener("online", flush);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && flush());
// A link that opens nothing any more is not asked again and again: what waits goes by another one.
setInterval(async () => why !== "closed" && (await all()).some((item) => item.holder === words.holder && item.state === "waiting") && flush(), AGAIN_MS);
const before = sessionStorage.getItem(SAID);
if (before) show(before);
sessionStorage.removeItem(SAID);
begin();
