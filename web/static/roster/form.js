// The field for a role of one's own stands only where 另填 is chosen; without scripts it is always there.
for (const select of document.querySelectorAll("select[data-own]")) {
  const own = document.getElementById(select.dataset.own);
  const show = () => {
    own.hidden = select.value !== "own";
  };
  select.addEventListener("change", () => {
    show();
    if (!own.hidden) own.focus();
  });
  show();
}
