// Texts with a button that copies them; the clipboard is there on encrypted pages and on the machine itself only.
import { show } from "./toasts.js";

document.addEventListener("click", (event) => {
  const copies = event.target.closest("[data-copies]");
  if (copies) navigator.clipboard.writeText(copies.dataset.copies).then(() => show(copies.dataset.copied));
});

/** The buttons of what has come. */
export function showCopies() {
  for (const button of document.querySelectorAll("[data-copies][hidden]")) button.hidden = !navigator.clipboard;
}
showCopies();
