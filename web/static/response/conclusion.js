// The form a technician signs: 未见上述情况 stands alone; photos are counted; without network nothing is sent and nothing lost.
const form = document.querySelector(".conclusion-form");

if (form) {
  form.querySelector(".items").addEventListener("change", ({ target }) => {
    if (!target.checked) return;
    for (const box of form.querySelectorAll(".items input")) if (box !== target && (box.value === "none") !== (target.value === "none")) box.checked = false;
  });

  const chosen = form.querySelector("[data-shows=chosen]");
  form.addEventListener("change", ({ target }) => {
    if (target.name !== "photos") return;
    const count = [...form.querySelectorAll("input[name=photos]")].reduce((sum, field) => sum + field.files.length, 0);
    chosen.textContent = count ? chosen.dataset.says.replace("{n}", count) : "";
  });

  const offline = form.querySelector("[data-shows=offline]");
  form.addEventListener("submit", (event) => {
    offline.hidden = navigator.onLine;
    if (!navigator.onLine) event.preventDefault();
  });
  addEventListener("online", () => (offline.hidden = true));
}
