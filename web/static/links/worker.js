// Lets the pages of a village link open without network: the last copy of each link's list, and the scripts and styles it
// needs. The network is always asked first; a link that has ended takes its copy along.
const CACHE = "gh-links-1";
const LIST = /^\/v\/\d+\/houses$/;
const HOUSE = /^(\/v\/\d+\/houses)\/\d+$/;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => {
  if (event.data?.keep) event.waitUntil(keep(event.data.keep, event.source));
});

// The page is told when all of it is kept, and nothing while a part is missing.
async function keep(addresses, asker) {
  const cache = await caches.open(CACHE);
  const adding = addresses.map((address) => cache.add(new Request(address, { credentials: "same-origin" })));
  const ended = await Promise.allSettled(adding);
  if (ended.every(({ status }) => status === "fulfilled")) asker?.postMessage({ kept: true });
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { pathname, origin } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (LIST.test(pathname) || HOUSE.test(pathname)) event.respondWith(page(request, pathname));
  else if (pathname.startsWith("/static/")) event.respondWith(asset(request));
});

async function page(request, pathname) {
  const list = pathname.match(HOUSE)?.[1] ?? pathname;
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(request);
    if (answer.ok && list === pathname) await cache.put(list, answer.clone());
    if (answer.status === 404 && list === pathname) await cache.delete(list);
    return answer;
  } catch (error) {
    // The list opens the form of a house by itself.
    const copy = await cache.match(list);
    if (copy) return copy;
    throw error;
  }
}

async function asset(request) {
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(request, answer.clone());
    return answer;
  } catch (error) {
    const copy = await cache.match(request);
    if (copy) return copy;
    throw error;
  }
}
