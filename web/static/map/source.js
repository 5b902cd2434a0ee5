// Where figures and houses come from: this server. geo_housing/maps/router.py writes down the answers.

/** A request that failed, with the sentence to show. */
class RequestFailed extends Error {
  constructor(status, sentence) {
    super(sentence ?? `HTTP ${status}`);
    this.status = status;
    this.sentence = sentence;
  }
}

/** Keeps only the last of a row of equal questions: an answer that comes too late must not overwrite a newer one. */
export class LastOne {
  /** Nobody wants the answer any more. */
  stop() {
    this.asking?.abort();
    this.asking = null;
  }

  ask(question) {
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    return question(asking.signal).finally(() => {
      if (this.asking === asking) this.asking = null;
    });
  }
}

export function wasAborted(error) {
  return error?.name === "AbortError";
}

export class Server {
  constructor({ csrfToken }) {
    this.csrfToken = csrfToken;
  }

  /** `background`: the page asks by itself, which does not keep the session awake. */
  counts(filter, box, signal, background = false) {
    return this.#get("/api/v1/map/counts", filter, { bbox: box }, signal, background ? { "X-Background": "1" } : {});
  }

  inspectionCounts(filter, box, signal) {
    return this.#get("/api/v1/map/inspection-counts", filter, { bbox: box }, signal);
  }

  villages(filter, measure, signal) {
    return this.#get("/api/v1/map/villages", filter, { measure: measure || null }, signal);
  }

  /** What a file would hold: rows, reference system, filter in words, notes, whether its purpose is asked. */
  about(layer, format, filter, signal) {
    return this.#get(`/api/v1/${layer}.${format}-metadata.json`, filter, {}, signal);
  }

  /** Houses or clusters of a box, for a browser without WebGL. */
  points(layer, filter, box, zoom, signal) {
    return this.#get(`/api/v1/map/${layer}/points`, filter, { bbox: box, zoom }, signal);
  }

  rows(filter, box, cursor, signal) {
    return this.#get("/api/v1/map/rows", filter, { bbox: box, cursor }, signal);
  }

  house(code, signal) {
    return this.#get(`/api/v1/map/houses/${encodeURIComponent(code)}`, new URLSearchParams(), {}, signal);
  }

  search(text, signal) {
    return this.#send("/api/v1/search", { q: text }, signal);
  }

  zones(event, signal) {
    return this.#get("/api/v1/map/zones", new URLSearchParams(), { event }, signal);
  }

  /** Rivers and roads of a view, for orientation. */
  lines(kinds, bounds, zoom, signal) {
    const bbox = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()].map((degree) => degree.toFixed(5)).join(",");
    return this.#get("/api/v1/map/lines", new URLSearchParams(), { kinds: kinds.join(","), bbox, zoom: Math.floor(zoom) }, signal);
  }

  standingAreas(signal) {
    return this.#get("/api/v1/map/standing-areas", new URLSearchParams(), {}, signal);
  }

  affected(shape, signal) {
    return this.#send("/api/v1/affected-preview", shape, signal);
  }

  /** What an event would be with other zones, and what would change. */
  redrawn(event, zones) {
    return this.#send(`/api/v1/events/${event}/zones/preview`, zones);
  }

  redraw(event, zones) {
    return this.#send(`/api/v1/events/${event}/zones`, zones, undefined, "PUT");
  }

  newEvent(event) {
    return this.#send("/api/v1/events", event);
  }

  newStandingArea(area) {
    return this.#send("/api/v1/standing-areas", area);
  }

  tiles(layer, filter) {
    const asked = filter.toString();
    return `${location.origin}/tiles/${layer}/{z}/{x}/{y}.mvt${asked ? `?${asked}` : ""}`;
  }

  #get(path, filter, more, signal, headers = {}) {
    const asked = new URLSearchParams(filter);
    for (const [name, value] of Object.entries(more)) if (value !== null && value !== undefined) asked.set(name, value);
    const text = asked.toString();
    return this.#answer(fetch(text ? `${path}?${text}` : path, { signal, headers: { Accept: "application/json", ...headers } }));
  }

  #send(path, body, signal, method = "POST") {
    const headers = { "Content-Type": "application/json", "X-CSRF-Token": this.csrfToken };
    return this.#answer(fetch(path, { method, headers, body: JSON.stringify(body), signal }));
  }

  async #answer(asking) {
    const answer = await asking;
    if (answer.ok) return answer.json();
    const problem = await answer.json().catch(() => ({}));
    throw new RequestFailed(answer.status, problem.detail ?? problem.title);
  }
}
