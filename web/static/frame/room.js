// The lines of open events and of the shift come after the page. How high they are is kept in this browser, so that the
// next page leaves room for them from its beginning (frame.html).
document.addEventListener("htmx:afterSettle", ({ target }) => {
  const line = target.closest?.(".event-lines");
  if (!line) return;
  line.style.minHeight = "";
  try {
    localStorage.setItem(`room:${line.getAttribute("hx-get")}`, line.offsetHeight);
  } catch {
    // A browser that keeps nothing: the lines come as they always did.
  }
});
