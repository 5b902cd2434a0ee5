// The form of a result: only what the chosen result needs, and what it needs in words.
const form = document.querySelector(".inspection-form");

function adapt() {
  const result = form.querySelector("input[name=result]:checked")?.value ?? "";
  for (const part of form.querySelectorAll("[data-for]")) part.hidden = !part.dataset.for.split(" ").includes(result);
  const words = form.querySelector("[data-words]");
  const hint = form.querySelector("[data-shows=needs]");
  if (hint) hint.textContent = JSON.parse(words.dataset.words)[result] ?? "";
}

/** More rooms damaged than registered: said, not refused; the register may be what is wrong. */
function compareRooms() {
  const said = form.querySelector("[data-registered]");
  if (!said) return;
  const rooms = [...form.querySelectorAll(".rooms input")].reduce((sum, field) => sum + (Number(field.value) || 0), 0);
  said.hidden = rooms <= Number(said.dataset.registered);
}

if (form) {
  form.querySelector(".rooms")?.addEventListener("input", compareRooms);
  const clientId = form.querySelector("[data-client-id]");
  if (!clientId.value) clientId.value = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`;
  form.addEventListener("change", (event) => event.target.name === "result" && adapt());
  // What was asked for is given now: the sentence goes, with the last one what stands above the form.
  form.addEventListener("change", (event) => {
    const told = event.target.closest("fieldset, .field, .field-wide")?.querySelectorAll(".field-fault") ?? [];
    for (const one of told) one.remove();
    if (told.length && !form.querySelector(".field-fault")) for (const all of document.querySelectorAll(".page > .problem, .page > [role=status].missing:not(:has(strong))")) all.remove();
  });
  // What does not belong to the result must not be sent with it.
  form.addEventListener("submit", () => {
    for (const part of form.querySelectorAll("[data-for]")) {
      if (!part.hidden) continue;
      for (const field of part.querySelectorAll("input")) if (field.type === "radio") field.checked = field.value === "";
      else field.value = "";
    }
  });
  adapt();
}
