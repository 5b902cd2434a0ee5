// A file dropped anywhere on the form is the form's file; a form that works for long says so and is sent once.
for (const form of document.querySelectorAll("[data-drop]")) {
  const area = form.querySelector(".drop-area");
  const input = form.querySelector("input[type=file]");
  const send = () => form.requestSubmit();
  // Choosing is sending: the browser's own field and the button are for those without script.
  form.classList.add("drops");
  for (const name of ["dragenter", "dragover"]) {
    area.addEventListener(name, (event) => {
      event.preventDefault();
      area.classList.add("is-over");
    });
  }
  area.addEventListener("dragleave", () => area.classList.remove("is-over"));
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    area.classList.remove("is-over");
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    send();
  });
  input.addEventListener("change", send);
}

for (const form of document.querySelectorAll("[data-drop], [data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    const busy = form.querySelector(".drop-busy");
    if (busy) busy.hidden = false;
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
  });
}

// Coming back by the browser's button shows the page as it was left: it may be sent again.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
