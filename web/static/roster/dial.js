// A number that was just shown in full is dialled at once where there is a telephone: one tap in the night.
// htmx has put the links into the page; without a telephone they are only read.
const hasTelephone = window.matchMedia("(pointer: coarse)").matches;

document.addEventListener("htmx:afterSettle", (event) => {
  const shown = event.target.closest?.("[data-dialled]") ?? event.target.querySelector?.("[data-dialled]");
  if (!shown) return;
  delete shown.dataset.dialled;
  const first = shown.querySelector("a[href^='tel:']");
  first?.focus();
  if (first && hasTelephone) window.location.href = first.href;
});
