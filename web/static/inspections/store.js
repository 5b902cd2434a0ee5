// What waits in this browser to be sent, in the browser's own database: closing the page or the phone loses nothing. Each item
// has a holder (an account or a village link): nobody sends what somebody else has written.
const NAME = "gh-waiting";
let opening;

function opened() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("items", { keyPath: "key", autoIncrement: true });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opening;
}

async function within(mode, work) {
  const database = await opened();
  return new Promise((resolve, reject) => {
    // On the disk before anybody is told that it is kept.
    const transaction = database.transaction("items", mode, { durability: "strict" });
    const request = work(transaction.objectStore("items"));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

/** Keep new items, all or none of them; their keys. */
export async function add(items) {
  const keys = [];
  await within("readwrite", (store) => {
    let last;
    for (const item of items) {
      last = store.add(item);
      last.onsuccess = (event) => keys.push(event.target.result);
    }
    return last;
  });
  return keys;
}

export const put = (item) => within("readwrite", (store) => store.put(item));
export const drop = (key) => within("readwrite", (store) => store.delete(key));
/** Everything that waits, in the order in which it was written. */
export const all = () => within("readonly", (store) => store.getAll());
