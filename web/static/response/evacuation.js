// 转移避险: the list comes anew by itself while nobody is at work in it, one menu is open at a time, and what the bar says of
// every press (where to, who organises, who reports) outlives the list's renewal. Everything else the page does without this.
const REFRESH_MS = 30_000;
const rows = document.getElementById("rows");

// 表外新增 stands below a long list: the link to it opens it.
document.addEventListener("click", ({ target }) => {
  if (!target.closest("a[href='#extra']")) return;
  document.getElementById("extra").open = true;
});

const isAtWork = () =>
  rows.querySelector(".move-acts details[open], .move-whole[open]") !== null ||
  (rows.contains(document.activeElement) && /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName));

if (rows) {
  setInterval(() => {
    if (!document.hidden && !isAtWork()) window.htmx.trigger(rows, "gh:refresh");
  }, REFRESH_MS);

  document.addEventListener("toggle", (event) => {
    if (!event.target.open || !event.target.closest(".move-acts")) return;
    for (const other of rows.querySelectorAll(".move-acts details[open]")) if (other !== event.target) other.open = false;
  }, true);

  document.addEventListener("gh:undone", (event) => {
    event.preventDefault();
    window.htmx.trigger(rows, "gh:refresh");
  });
  // A list that was asked for before a press would show it as it stood before.
  document.addEventListener("htmx:beforeSend", (event) => {
    if (event.detail.requestConfig.verb === "post" && rows.contains(event.target)) window.htmx.trigger(rows, "htmx:abort");
  });

  let said = [];
  let isOpen = false;
  const fields = () => [...rows.querySelectorAll(".move-bar-fields [name]")];
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== rows) return;
    said = fields().map((field) => [field.name, field.value]);
    isOpen = rows.querySelector(".move-bar-fields")?.open ?? false;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== rows) return;
    if (isOpen) rows.querySelector(".move-bar-fields")?.setAttribute("open", "");
    for (const [name, value] of said) {
      const field = fields().find((one) => one.name === name);
      if (field) field.value = value;
    }
  });
}
