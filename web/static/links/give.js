// Giving links out: each press counts once; texts are copied, codes printed.
import { show } from "../frame/toasts.js";

for (const field of document.querySelectorAll("[data-client-id]"))
  field.value = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

document.addEventListener("click", async (event) => {
  if (event.target.closest("[data-prints]")) return window.print();
  const button = event.target.closest("[data-copies]");
  if (!button) return undefined;
  const field = button.parentElement.querySelector("textarea");
  // The clipboard is there on encrypted pages only.
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    field.select();
    if (!document.execCommand("copy")) return show(button.dataset.failed, { failed: true });
  }
  button.textContent = button.dataset.done;
  return show(button.dataset.done);
});
