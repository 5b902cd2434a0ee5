// A form that makes something gets a number of its own, so that pressing twice makes it once.
for (const field of document.querySelectorAll("[data-client-id]")) {
  field.value ||= crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`;
}
