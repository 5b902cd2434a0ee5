// The form of an event: only the chosen way shows, a township carries its villages, a form sent twice is one event.
const form = document.querySelector(".event-form");
const shows = form.querySelector("[data-shows=chosen]");

function where() {
  const chosen = form.querySelector("input[name=where]:checked")?.value;
  for (const part of form.querySelectorAll("[data-where]")) part.hidden = part.dataset.where !== chosen;
}

function count() {
  const ticked = [...form.querySelectorAll("input[name=areas]:checked")].map((box) => box.value);
  const townships = ticked.filter((code) => code.length === 9);
  const villages = ticked.filter((code) => code.length === 12 && !townships.includes(code.slice(0, 9)));
  shows.textContent = ticked.length ? shows.dataset.words.replace("{townships}", townships.length).replace("{villages}", villages.length) : "";
}

form.addEventListener("change", ({ target }) => {
  if (target.name === "where") where();
  // Another file has other layers; which ones, the answer about its effect says.
  if (target.name === "file" && effect) form.elements.layer.value = "";
  if (target.name !== "areas") return;
  const below = form.querySelectorAll(`input[name=areas][value^="${target.value}"]`);
  if (target.value.length === 9) for (const box of below) box.checked = target.checked;
  else if (!target.checked) {
    const township = form.querySelector(`input[name=areas][value="${target.value.slice(0, 9)}"]`);
    if (township) township.checked = false;
  }
  count();
});
// A tick in the summary must not open or close it.
for (const label of form.querySelectorAll("summary label")) label.addEventListener("click", (event) => event.stopPropagation());

form.addEventListener("submit", () => form.querySelector("button").setAttribute("aria-busy", "true"));
where();
count();

// Other zones are saved by whoever has seen what they change: not while the difference is being asked, nor when it was refused.
const effect = form.querySelector("[data-effect]");
if (effect) {
  const save = form.querySelector("[data-saves]");
  const seen = (isSeen) => (save.disabled = !isSeen);
  seen(false);
  form.addEventListener("change", () => seen(false));
  effect.addEventListener("htmx:afterSwap", () => seen(!effect.querySelector("[data-refused]")));
  for (const name of ["htmx:responseError", "htmx:sendError"]) effect.addEventListener(name, () => (effect.textContent = effect.dataset.failed));
}
