// A link that opens nothing any more: what was typed by it and not sent is still in this phone. It is shown, so that it can be
// told the township; a new link of the village, or this one when it opens again, sends it (inspections/waiting.js).
import { forgetAnswers } from "../inspections/answers.js";
import { inWords } from "../inspections/said.js";
import { all } from "../inspections/store.js";

forgetAnswers();
const box = document.getElementById("kept");
const items = (await all()).filter((item) => item.holder.startsWith("link:"));
for (const item of items) {
  const card = document.createElement("div");
  const head = document.createElement("strong");
  const said = document.createElement("p");
  card.className = "waiting-card";
  head.textContent = `${item.title}${item.kind === "photo" ? `　${box.dataset.photo} ${item.name}` : ""}`;
  said.textContent = item.kind === "entry" ? inWords(box.dataset, item.body) : (item.says ?? "");
  card.append(head, said);
  box.append(card);
}
box.hidden = items.length === 0;
