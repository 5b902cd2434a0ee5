// Pasted warnings: sent twice is once, townships fold and carry their villages, 都不是 stands alone. Figures come by htmx.
import "../frame/folds.js";

const form = document.querySelector(".warning-form");

if (form) {
  // The figures follow by themselves; without htmx the button asks for them.
  form.querySelector("[data-recount]").hidden = Boolean(window.htmx);

  // Before the block's own listener reads the form.
  form.addEventListener(
    "change",
    ({ target }) => {
      if (target.type !== "checkbox") return;
      const tree = target.closest(".area-tree");
      if (tree && target.value.length === 9) {
        for (const box of tree.querySelectorAll(`input[value^="${target.value}"]`)) box.checked = target.checked;
      } else if (tree && !target.checked) {
        const township = tree.querySelector(`input[value="${target.value.slice(0, 9)}"]`);
        if (township) township.checked = false;
      }
      const question = target.closest(".question, .ends");
      if (question && target.checked) {
        for (const box of question.querySelectorAll("input")) if ((box.value === "none") !== (target.value === "none")) box.checked = false;
      }
    },
    true,
  );
  for (const label of form.querySelectorAll("summary label")) label.addEventListener("click", (event) => event.stopPropagation());
  form.addEventListener("submit", (event) => event.submitter?.setAttribute("aria-busy", "true"));
}
