// Townships that fold: their villages stand in the part that the button names. A part that is renewed stays as it was left.
const left = new Map();

function show(id, shown) {
  const rows = document.getElementById(id);
  const button = document.querySelector(`[data-folds="${CSS.escape(id)}"]`);
  if (!rows || !button) return;
  rows.hidden = !shown;
  button.setAttribute("aria-expanded", String(shown));
}

document.addEventListener("click", (event) => {
  const id = event.target.closest("[data-folds]")?.dataset.folds;
  if (!id) return;
  left.set(id, document.getElementById(id).hidden);
  show(id, left.get(id));
});

document.addEventListener("htmx:afterSwap", () => {
  for (const [id, shown] of left) show(id, shown);
});
