// Labels, colours and sentences that the server gives with the page; nothing is worded here.

let config = { strings: {}, words: {}, colourings: {} };

export function use(given) {
  config = given;
}

/** A sentence in the reader's language; {name} is filled in. */
export function t(text, filling = {}) {
  return (config.strings[text] ?? text).replace(/\{(\w+)\}/g, (_, name) => filling[name] ?? "");
}

/** Label of a code word, — for nothing. */
export function label(list, code) {
  if (code === null || code === undefined || code === "") return "—";
  return config.words[list]?.[code] ?? code;
}

/** Labels of the pairs [list, code] in one line; what is not known leaves no gap. */
export function labels(...pairs) {
  return pairs.filter(([, code]) => code).map(([list, code]) => label(list, code)).join(" · ");
}

/** The code word that `text` is, or is the label of; null when the list has none. */
export function codeOf(list, text) {
  const words = config.words[list] ?? {};
  return Object.hasOwn(words, text) ? text : (Object.keys(words).find((code) => words[code] === text) ?? null);
}

/** The classes of a colouring in drawing order: the last lies on top. */
export function classes(by) {
  return config.colourings[by] ?? [];
}

export function number(value) {
  return value === null || value === undefined ? "—" : value.toLocaleString("en-US");
}

const two = (value) => String(value).padStart(2, "0");

/** A moment as screens show it: 02:41 today, else 07-12 02:41, with the year only where it is not this one. */
export function moment(iso) {
  if (!iso) return "—";
  const beijing = (date) => new Date(date.getTime() + 8 * 3600e3);
  const at = beijing(new Date(iso));
  const now = beijing(new Date());
  const clock = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
  const day = `${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())}`;
  if (at.toISOString().slice(0, 10) === now.toISOString().slice(0, 10)) return clock;
  return at.getUTCFullYear() === now.getUTCFullYear() ? `${day} ${clock}` : `${at.getUTCFullYear()}-${day} ${clock}`;
}

/** An element with attributes and children; text is always text, never markup. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") made.className = value;
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "style") made.style.cssText = value;
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}
