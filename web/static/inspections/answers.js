// What the server has answered to what was sent from here. A page that was read while an entry was on its way, or the worker's
// copy of it, still shows what stood before: it learns from here what stands, until it is as new by itself. Of an account only
// the version is kept: its pages are read again, and others may use the browser after it.
const nameOf = (holder) => `gh-answers:${holder}`;
const MOST = 1_000;

function read(holder) {
  try {
    return JSON.parse(localStorage.getItem(nameOf(holder))) ?? [];
  } catch {
    return [];
  }
}

function write(holder, answers) {
  try {
    if (answers.length) localStorage.setItem(nameOf(holder), JSON.stringify(answers.slice(-MOST)));
    else localStorage.removeItem(nameOf(holder));
  } catch {
    // Full or forbidden: the page is right when it is read once more.
  }
}

/** Keep an answer; before the item is dropped, so that one of both is always there. */
export function keepAnswer({ holder, api, kind }, answer) {
  const others = read(holder).filter((one) => one.api !== api || one.kind !== kind);
  write(holder, [...others, { api, kind, answer: holder.startsWith("link:") ? answer : { version: answer.version } }]);
}

/** The answers that are newer than what a page shows, oldest first; `versionOf`: which version it shows of an address, if it does. */
export function newerAnswers(holder, versionOf) {
  const answers = read(holder);
  const isOld = ({ api, answer }) => versionOf(api) >= answer.version;
  const left = answers.filter((one) => !isOld(one));
  if (left.length < answers.length) write(holder, left);
  return left.filter(({ api }) => versionOf(api) !== undefined).sort((one, other) => one.answer.version - other.answer.version);
}

/** Nothing of a village stays in a phone whose link opens nothing any more. */
export function forgetAnswers() {
  try {
    for (const name of Object.keys(localStorage)) if (name.startsWith(nameOf("link:"))) localStorage.removeItem(name);
  } catch {
    // Forbidden: then nothing was kept.
  }
}
