// What an account has left in this browser goes by itself, whatever page they come to after signing in. Pages with a place
// for it (waiting.js, response/calls.js) send by themselves and show what two have written of one house.
import { show } from "../frame/toasts.js";
import { sendAgain, unsent } from "../response/unsent_calls.js";
import { send } from "./sending.js";
import { all } from "./store.js";

const words = document.getElementById("left-words").dataset;
const holder = document.body.dataset.holder;

async function deliver() {
  const before = (await all()).filter((item) => item.holder === holder && item.state === "waiting");
  if (!before.length) return;
  const said = [];
  document.addEventListener("gh:sent", ({ detail: { item, answer } }) => {
    if (item.kind === "entry" && answer.missing?.length) said.push(words.unfinished.replace("{house}", item.title).replace("{why}", answer.missing.map((fault) => fault.sentence).join("；")));
  });
  await send(holder);
  const left = new Map((await all()).map((item) => [item.key, item]));
  const sent = before.filter((item) => !left.has(item.key)).length;
  if (sent) show(words.sent.replace("{n}", sent));
  const refused = before.filter((item) => left.has(item.key) && left.get(item.key).state !== "waiting");
  for (const title of new Set(refused.map((item) => item.title))) said.push(words.refused.replace("{house}", title));
  for (const sentence of said) show(sentence, { failed: true });
}

if (holder && !document.getElementById("waiting")) deliver().catch(() => {});
if (holder && !document.getElementById("calls") && unsent().length) sendAgain();
