// What this browser keeps, in IndexedDB: key pairs that can't be exported, the pinned party roots,
// and signed entries until they are delivered. What is typed and not saved yet is in unsaved.js.

import { sign } from './suites.js';

const STORES = { keys: 'key', pins: 'party', outbox: 'id' };

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('special-channel', 1);
    request.onupgradeneeded = () => {
      for (const [name, keyPath] of Object.entries(STORES)) request.result.createObjectStore(name, { keyPath });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

// One connection per page: opening one costs more than all else between "sign" and "sent". What was stored
// is read back through a new one, when a key is tested.
let heldStore = null;

export async function closeStore() {
  const before = heldStore;
  heldStore = null;
  const db = before && await before.catch(() => null);
  if (db) db.close();
}

function openedStore() {
  if (!heldStore) {
    heldStore = open().then((db) => {
      // Another window deletes or upgrades the store, or the browser closed it: the next act opens it anew.
      db.onversionchange = closeStore;
      db.onclose = () => {
        heldStore = null;
      };
      return db;
    });
    heldStore.catch(closeStore);
  }
  return heldStore;
}

async function run(name, mode, work) {
  const db = await openedStore();
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(name, mode);
    const request = work(transaction.objectStore(name));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

const store = (name, row) => run(name, 'readwrite', (s) => s.put(row));
const all = (store) => run(store, 'readonly', (s) => s.getAll());
export const remove = (store, key) => run(store, 'readwrite', (s) => s.delete(key));

export const identities = async () =>
  (await all('keys')).filter((row) => row.state !== 'new').sort((a, b) => b.made - a.made);
export const identity = (key) => run('keys', 'readonly', (s) => s.get(key));
export const keepIdentity = (row) => store('keys', row);

export const pins = async () => Object.fromEntries((await all('pins')).map((row) => [row.party, row]));
export const pin = (row) => store('pins', row);

export const waiting = () => all('outbox');
export const delivered = (id) => remove('outbox', id);
export const keepSigned = (row) => store('outbox', row);

export const signWith = (row, bytes) => sign(row.suite, row.pair.privateKey, bytes);
