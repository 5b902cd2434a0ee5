// The filter stands open at the desk; on a phone it opens when it is in use, so that the list comes first.
const filters = document.querySelector("details.filters");
if (filters && window.matchMedia("(min-width: 768px)").matches) filters.open = true;

// Choosing is asking: no second tap on a button is needed.
filters?.addEventListener("change", (event) => {
  if (event.target.matches("select")) event.target.form.requestSubmit();
});
// Empty fields would only make the address longer.
filters?.querySelector("form").addEventListener("submit", (event) => {
  for (const field of event.target.elements) if (field.name && !field.value) field.disabled = true;
});
window.addEventListener("pageshow", () => {
  for (const field of filters?.querySelectorAll("[disabled]") ?? []) field.disabled = false;
});
