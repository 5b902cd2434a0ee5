// What somebody has typed of a house, in words, as far as it waits in this browser.
import { FIELDS } from "./sending.js";

/** `values` in one line; `words` are the labels of a page (templates/inspections/labels.html). */
export function inWords(words, values) {
  const lists = { result: words.resultWords, damage: words.damageWords, finding_items: words.itemWords, reported_how: words.howWords };
  const labels = JSON.parse(words.labels);
  const parts = FIELDS.filter((name) => values[name] !== null && values[name] !== undefined && values[name] !== "" && values[name].length !== 0).map((name) => {
    const known = lists[name] ? JSON.parse(lists[name]) : null;
    const each = [values[name]].flat().map((value) => known?.[value] ?? (name.endsWith("_at") ? local(value) : value));
    return `${labels[name]}：${each.join("、")}`;
  });
  return parts.join("；");
}

const local = (moment) => new Date(new Date(moment).getTime() + 8 * 3_600_000).toISOString().slice(0, 16).replace("T", " ");
