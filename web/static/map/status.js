// How old the figures are, and the banner when a request failed: an empty map must never look like a safe one.

import { element, moment, t } from "gh/map/words.js";

/** Failures of several parts told as one: all is well again when each of them is. */
export class Parts {
  constructor(report) {
    this.tell = report;
    this.failures = new Map();
  }

  report(part, error) {
    if (error) this.failures.set(part, error);
    else this.failures.delete(part);
    this.tell([...this.failures.values()].at(-1) ?? null);
  }
}

export class Status {
  constructor({ time, banner, retry }) {
    Object.assign(this, { time, banner, retry });
    this.failures = new Map();
    this.noticed = null;
    this.asOf = null;
  }

  /** Figures were read; they are those of `asOf`. */
  read(asOf) {
    this.asOf = asOf;
    this.#told();
    this.time.title = asOf;
  }

  /** Houses are still on their way: a map that is empty because it waits must say so. */
  busy(isBusy) {
    this.isBusy = isBusy;
    this.time.classList.toggle("gh-busy", isBusy);
    this.#told();
  }

  #told() {
    const at = this.asOf ? t("数据 {at}", { at: moment(this.asOf) }) : "";
    this.time.textContent = this.isBusy ? t("正在读取房屋……") : at;
  }

  /** `part` failed with `error`, or works again with null. */
  report(part, error) {
    if (error) this.failures.set(part, error);
    else this.failures.delete(part);
    this.draw();
  }

  /** Say `sentence` until it is closed; failures are said before it. */
  notice(sentence) {
    this.noticed = sentence;
    this.draw();
  }

  draw() {
    const failed = [...this.failures.values()];
    this.time.classList.toggle("late", failed.length > 0);
    this.banner.hidden = !failed.length && !this.noticed;
    if (failed.length) this.#drawFailure(failed);
    else if (this.noticed) this.banner.replaceChildren(element("span", {}, this.noticed), element("button", { type: "button", class: "btn btn-sm", onclick: () => this.notice(null) }, t("知道了")));
  }

  #drawFailure(failed) {
    // Of several the one that can say what is wrong.
    const error = failed.find(({ sentence }) => sentence) ?? failed[0];
    const signedOut = failed.some((other) => other.status === 401);
    const sentence = signedOut
      ? t("登录已过期。")
      : this.asOf
        ? t("数据没有读全：图上是 {at} 的数据，可能不完整，空白处不代表没有危房。", { at: moment(this.asOf) })
        : t("没有读到数据：图上的空白不代表没有危房。");
    const action = signedOut
      ? element("a", { class: "btn btn-sm", href: `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}` }, t("重新登录"))
      : element("button", { type: "button", class: "btn btn-sm", onclick: this.retry }, t("重试"));
    this.banner.replaceChildren(element("span", {}, sentence, error.sentence && !signedOut ? ` ${error.sentence}` : ""), action);
  }
}
