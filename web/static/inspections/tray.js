// 照片归户: photos are kept in this browser until they are with the server, then dragged (or ticked and tapped) to houses.
import { show } from "../frame/toasts.js";
import { send } from "./sending.js";
import { add } from "./store.js";
import { words } from "./waiting.js";

const form = document.getElementById("photo-send");
const field = form.querySelector("input[type=file]");
// Of many that are no photos; all are counted.
const MOST_NAMED = 5;
const tray = () => document.getElementById("tray");
form.querySelector("[data-plain]").hidden = true;

async function keep(files) {
  const isPhoto = (file) => file.type.startsWith("image/") || /\.(jpe?g|png|webp|hei[cf])$/i.test(file.name);
  const photos = [...files].filter(isPhoto);
  const others = [...files].filter((file) => !isPhoto(file)).map((file) => file.name);
  // Whoever drops a folder of a night's chat sees which of it is not here.
  if (others.length) show(form.dataset.other.replace("{names}", others.slice(0, MOST_NAMED).join("”、“")).replace("{n}", others.length), { failed: true });
  if (!photos.length) return;
  const common = { holder: words.holder, api: form.dataset.api, action: location.href, title: form.dataset.title, kind: "photo", at: Date.now(), state: "waiting" };
  try {
    await add(photos.map((file) => ({ ...common, blob: file, name: file.name })));
  } catch {
    return show(form.dataset.full, { failed: true });
  }
  field.value = "";
  document.dispatchEvent(new CustomEvent("gh:waiting"));
  await send(words.holder);
}

field.addEventListener("change", () => keep(field.files));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  keep(field.files);
});

// Files that are dropped anywhere on the page are meant for the tray, and never open in place of it.
const isOfFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
document.addEventListener("dragover", (event) => {
  if (!isOfFiles(event)) return;
  event.preventDefault();
  form.classList.add("is-over");
});
document.addEventListener("dragleave", (event) => event.relatedTarget === null && form.classList.remove("is-over"));
document.addEventListener("drop", (event) => {
  form.classList.remove("is-over");
  if (!isOfFiles(event)) return;
  event.preventDefault();
  keep(event.dataTransfer.files);
});

// What has arrived is shown by itself, but never in the way of a person: while photos are ticked or dragged, or while what
// was pressed is under way, it waits. An answer that comes too late for that is thrown away and asked for again.
let arrived = false;
let renewing = false;
let pressed = 0;
const ticked = () => [...tray().querySelectorAll("input[name=photo]:checked")];
const inTheWay = () => pressed > 0 || dragged || ticked().length > 0;
async function renew() {
  if (!arrived || renewing || inTheWay()) return;
  arrived = false;
  renewing = true;
  const address = location.href;
  const page = await fetch(address).then((answer) => (answer.ok ? answer.text() : null)).catch(() => null);
  renewing = false;
  if (page !== null && !inTheWay() && address === location.href) window.htmx.swap("#tray", page, { swapStyle: "outerHTML" }, { select: "#tray" });
  else if (page !== null) arrived = true;
  renew();
}
const isOfTray = ({ detail }) => detail.target?.id === "tray";
document.addEventListener("htmx:beforeRequest", (event) => isOfTray(event) && pressed++);
document.addEventListener("htmx:afterRequest", (event) => {
  if (isOfTray(event) && --pressed === 0) renew();
});
document.addEventListener("gh:sent", ({ detail }) => (arrived ||= detail.item.api === form.dataset.api));
document.addEventListener("gh:stopped", renew);

function tell() {
  const said = tray().querySelector("[data-shows=chosen]");
  if (!said) return;
  said.dataset.first ??= said.textContent;
  const count = ticked().length;
  said.textContent = count ? tray().dataset.chosen.replace("{n}", count) : said.dataset.first;
  tray().classList.toggle("has-chosen", count > 0);
  if (!count) renew();
}
document.addEventListener("change", (event) => event.target.name === "photo" && tell());

// A press without a photo says what is missing at once.
document.addEventListener("click", (event) => {
  const button = event.target.closest("#tray button[value^=house-], #tray button[value=aside]");
  if (!button || ticked().length) return;
  event.preventDefault();
  show(tray().dataset.none, { failed: true });
}, true);

// Dragging: the photo, and with it all that are ticked; a house takes them as its button does.
let dragged = null;
document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.(".loose[draggable]");
  if (!dragged) return;
  const own = dragged.querySelector("input");
  if (!own.checked) for (const other of ticked()) other.checked = false;
  own.checked = true;
  tell();
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", own.value);
});
document.addEventListener("dragend", () => {
  dragged = null;
  mark(null);
});
document.addEventListener("dragover", (event) => {
  const house = dragged && event.target.closest?.(".drop-house");
  if (!dragged) return;
  mark(house);
  if (house) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  const house = dragged && event.target.closest?.(".drop-house");
  if (!house) return;
  event.preventDefault();
  // Not requestSubmit: htmx sends the button that was pressed.
  house.querySelector("button").click();
});
function mark(house) {
  for (const one of document.querySelectorAll(".drop-house.is-over")) if (one !== house) one.classList.remove("is-over");
  house?.classList.add("is-over");
}

// Finding a house by what stands on its row; the choice outlives the tray's renewal.
let wanted = "";
function narrow() {
  const find = tray().querySelector(".tray-find");
  if (!find) return;
  find.hidden = false;
  find.value = wanted;
  for (const house of tray().querySelectorAll(".drop-house")) house.hidden = !house.dataset.words.toLowerCase().includes(wanted.trim().toLowerCase());
}
document.addEventListener("input", (event) => {
  if (!event.target.matches(".tray-find")) return;
  wanted = event.target.value;
  narrow();
});
// Another village is looked at with the same photos ticked.
let kept = [];
document.addEventListener("htmx:beforeSwap", (event) => isOfTray(event) && (kept = ticked().map((one) => one.value)));
document.addEventListener("htmx:afterSwap", ({ target }) => {
  if (target.id !== "tray") return;
  for (const one of tray().querySelectorAll("input[name=photo]")) one.checked = kept.includes(one.value);
  kept = [];
  narrow();
  tell();
});
narrow();
tell();
