// The form a technician signs: 未见上述情况 stands alone.
const form = document.querySelector(".conclusion-form");

if (form) {
  form.querySelector(".items").addEventListener("change", ({ target }) => {
    if (!target.checked) return;
    for (const box of form.querySelectorAll(".items input")) if (box !== target && (box.value === "none") !== (target.value === "none")) box.checked = false;
  });
}
