// A returned list: the tick of a whole row ticks each of its fields, and says so when only some are. Without this it still counts for all of them.
for (const row of document.querySelectorAll(".conflict")) {
  const all = row.querySelector(".conflict-all input");
  const fields = [...row.querySelectorAll("td input")];
  const show = () => {
    const ticked = fields.filter((field) => field.checked).length;
    if (all) {
      all.checked = ticked === fields.length;
      all.indeterminate = ticked > 0 && !all.checked;
    }
    for (const field of fields) field.closest("tr").classList.toggle("is-taken", field.checked);
  };
  row.addEventListener("change", (event) => {
    if (event.target === all) for (const field of fields) field.checked = all.checked;
    show();
  });
  // Ticks that the browser has kept for a page that is gone back to.
  if (all?.checked) for (const field of fields) field.checked = true;
  window.addEventListener("pageshow", show);
  show();
}
