// 改造年度 beside 改造状态: who lists a house is offered this year, who takes it off the list sees the year go.

const form = document.querySelector("form[data-ledger-year]");
const status = form.elements.renovation;
const year = form.elements.renovation_year;
const hint = document.createElement("div");
hint.className = "form-hint";
hint.setAttribute("role", "status");
year.after(hint);

// What is stored or was typed: an offer is neither.
let stated = year.value;

function show(value, sentence) {
  year.value = value;
  hint.textContent = sentence;
}

year.addEventListener("input", () => {
  stated = year.value;
  hint.textContent = "";
});
status.addEventListener("change", () => {
  if (!form.dataset.inLedger.split(" ").includes(status.value)) show("", stated && form.dataset.yearGoes);
  else if (stated || status.value !== "listed") show(stated, "");
  else show(form.dataset.ledgerYear, form.dataset.yearOffered);
});
