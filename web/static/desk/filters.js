// The filter stands open at the desk; on a phone it opens when it is in use, so that the list comes first.
const filters = document.querySelector("details.filters");
if (filters && window.matchMedia("(min-width: 768px)").matches) filters.open = true;

// Choosing is asking: no second tap on a button is needed.
filters?.addEventListener("change", (event) => {
  if (event.target.matches("select")) event.target.form.requestSubmit();
});
// An ID number may stand in no address: it goes to the search of the top bar, which sends it otherwise.
const ID_NUMBER = /^(\d{15}|\d{17}[\dXx])$/;
// Empty fields would only make the address longer.
filters?.querySelector("form").addEventListener("submit", (event) => {
  const typed = event.target.elements.q;
  const search = document.querySelector(".top-search");
  if (search && ID_NUMBER.test(typed.value.replace(/\s/g, ""))) {
    event.preventDefault();
    search.elements.q.value = typed.value;
    typed.value = "";
    return search.requestSubmit();
  }
  for (const field of event.target.elements) if (field.name && !field.value) field.disabled = true;
});
window.addEventListener("pageshow", () => {
  for (const field of filters?.querySelectorAll("[disabled]") ?? []) field.disabled = false;
});
