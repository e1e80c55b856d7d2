// What is typed and not saved at the node yet, in case the browser ends first or the node is not reached. Sealed with a
// key that no script can read, one text for each draft and person, and deleted as soon as the node has it.

import { page } from './dom.js';

const SEALS = 'sc-unsaved';
const coder = { in: new TextEncoder(), out: new TextDecoder() };

function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(SEALS, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(SEALS);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

let sealing = null;

async function atSeals(mode, work) {
  if (!sealing) sealing = opened();
  const transaction = (await sealing).transaction(SEALS, mode);
  const request = work(transaction.objectStore(SEALS));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

// Made once; of two windows that make one at once, the one that is stored counts.
async function sealKey() {
  const held = await atSeals('readonly', (seals) => seals.get('key'));
  if (held) return held;
  const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  await atSeals('readwrite', (seals) => seals.add(made, 'key')).catch(() => {});
  return atSeals('readonly', (seals) => seals.get('key'));
}

// One after the other, so that what the node has by now is not kept again by a slower step.
let before = Promise.resolve();
const inTurn = (work) => {
  before = before.then(work).catch(() => '');
  return before;
};

const placeOf = (path) => `${page().key} ${path}`;

// A store that is full or switched off keeps nothing; the node has what it has.
export const keepUnsaved = (path, text) => inTurn(async () => {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, await sealKey(), coder.in.encode(text));
  await atSeals('readwrite', (seals) => seals.put({ iv, sealed }, placeOf(path)));
});

// Empty where nothing is kept.
export const unsavedAt = (path) => inTurn(async () => {
  const { iv, sealed } = await atSeals('readonly', (seals) => seals.get(placeOf(path)));
  return coder.out.decode(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, await sealKey(), sealed));
});

export const forgetUnsaved = (path) => inTurn(() => atSeals('readwrite', (seals) => seals.delete(placeOf(path))));
