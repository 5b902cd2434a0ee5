// The form a technician signs: a number of its own, so that twice is once; 未见上述情况 stands alone.
const form = document.querySelector(".conclusion-form");

if (form) {
  form.querySelector("[data-client-id]").value = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`;
  form.querySelector(".items").addEventListener("change", ({ target }) => {
    if (!target.checked) return;
    for (const box of form.querySelectorAll(".items input")) if (box !== target && (box.value === "none") !== (target.value === "none")) box.checked = false;
  });
}
