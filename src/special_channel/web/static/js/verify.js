// Checks entries against keys chained to this browser's pinned roots, and that what the page shows
// is what was signed. Runs on the page's own thread in slices: under `trusted-types 'none'` a
// browser starts no Worker; WebCrypto does its work off the thread anyhow.

import { need } from './bytes.js';
import { loads } from './canonical.js';
import { openReceipt } from './checkpoint.js';
import { Directory, indexOf, maySign, partyOf, signers } from './directory.js';
import { $, $$, api, emit, fill, onClick, say } from './dom.js';
import { decode, ENTRY, entryId } from './dsse.js';
import { pins } from './keys.js';
import { openPart } from './parts.js';

const CHUNK = 50;
const results = new Map();
let directory = null;

export function forgetDirectory() {
  directory = null;
}

export function theDirectory() {
  if (!directory) {
    directory = Promise.all([api('/api/directory'), pins()]).then(([lists, roots]) => Directory.chain(lists, roots));
    directory.catch(forgetDirectory);
  }
  return directory;
}

const fail = (code) => {
  throw Object.assign(new Error(code), { code });
};

const attempt = async (code, work) => {
  try {
    return await work();
  } catch (error) {
    return fail(/^unknown/.test(error.code) ? error.code : code);
  }
};

async function checkSigners(envelope, entry, position, keys) {
  const party = partyOf(position);
  const index = indexOf(position);
  if (!keys.logs[party]) fail('unknown-root');
  if (entry.log !== keys.logs[party]) fail('bad-form');
  const states = await signers(envelope, (id) => keys.keys.get(id));
  // Sorted, what is bad comes before what is unknown.
  for (const state of [...states.values()].sort()) if (state !== 'ok') fail(state);
  if (!states.has(entry.by)) fail('bad-signature');
  for (const id of states.keys()) {
    const role = keys.role(id, party, index) || 'bad-key';
    if (role.includes('-')) fail(role);
  }
  // A new key's person may hold another function than the first.
  const number = entry.kind === 'key.enrolled' ? 0 : entry.as || 1;
  const role = keys.role(entry.by, party, index, number);
  if (!role || !maySign(role, entry.kind)) fail('bad-key');
}

async function checkReceipt(item, entry, keys) {
  if (!item.receipt) return null;
  const key = keys.checkpoints[partyOf(item.position)];
  const { leaf, index, head } = await openReceipt(item.receipt, key, item.envelope);
  need(index === indexOf(item.position) && leaf.id === item.id && leaf.kind === entry.kind
    && leaf.thread === entry.thread && head.log === entry.log);
  return leaf;
}

// `item` is {id, envelope, parts, position, receipt}. Returns what the page may rely on; of an entry
// that doesn't hold, what could be read of it.
export async function checkEntry(item, keys) {
  const { id, position, verdict } = item;
  const found = { id, position, verdict, state: 'ok', code: '' };
  try {
    const envelope = await attempt('bad-form', () => decode(item.envelope));
    if (envelope.type !== ENTRY || (await entryId(envelope.payload)) !== id) fail('bad-id');
    const entry = await attempt('bad-form', () => loads(envelope.payload));
    const refs = entry.parts || [];
    const given = item.parts || [];
    if (given.length > refs.length) fail('bad-part');
    found.entry = entry;
    found.parts = await attempt('bad-part', () =>
      Promise.all(refs.map((ref, i) => (given[i] ? openPart(ref, given[i]) : null))));
    await checkSigners(envelope, entry, position, keys);
    found.leaf = await attempt('bad-receipt', () => checkReceipt(item, entry, keys));
  } catch (error) {
    found.code = error.code || 'bad-form';
    found.state = found.code.startsWith('unknown') ? 'unknown' : 'bad';
  }
  return found;
}

// What belongs to this entry and not to one nested in it.
const own = (el, selector) => $$(selector, el).filter((each) => each.closest('[data-entry-id]') === el);

function translated({ entry, parts }) {
  if (entry.kind === 'note.translated') return new Set(parts.keys());
  return new Set((entry.body.translation || {}).parts);
}

function shownPart(el, part, n, translations) {
  const { textContent: text, dataset: { absent, start } } = el;
  if (!part) return absent ? '' : 'bad-text';
  if (!el.closest('[data-tr]') === translations.has(n)) return 'bad-translation';
  let fits = text === part.text;
  // A piece of a long text stands where it was signed; a beginning is on one line, with … at its end.
  if (start) fits = part.text.startsWith(text, start);
  else if (start === '') {
    const whole = part.text.replace(/\n/g, ' ');
    fits = text === whole || (/.…$/.test(text) && whole.startsWith(text.slice(0, -1)));
  } else if (part.role === 'file') {
    const name = $('[data-f="name"]', el) || el;
    const link = el.closest('a[href]');
    fits = name.textContent === part.name && (!link || link.pathname.endsWith(part.sha256));
  }
  return fits ? '' : 'bad-text';
}

// The due time that was signed, or one to which a checked and valid entry of the asker moved it.
const dueFits = (asked, ask, due) => ask.due === due || [...results.values()].some(({ state, verdict, entry }) =>
  state === 'ok' && !verdict && entry.kind === 'deadline.moved' && entry.log === asked.entry.log
  && entry.ref === asked.id && entry.body.q === ask.q && entry.body.due === due);

function shownAsks(el, asked, whole) {
  const asks = asked.entry.asks || [];
  const rows = own(el, '[data-ask]');
  for (const row of rows) {
    const ask = asks.find(({ q }) => q === row.dataset.ask);
    const time = $('time[data-due]', row);
    if (!ask || (time && !dueFits(asked, ask, time.getAttribute('datetime')))) return 'bad-ask';
  }
  return whole && asks.some(({ q }) => !rows.some((row) => row.dataset.ask === q)) ? 'bad-ask' : '';
}

// The first thing on the page that isn't what was signed, as a code; '' when all is.
export function compareShown(el, checked) {
  const { entry, position } = checked;
  let { parts } = checked;
  const { dataset } = el;
  if (dataset.position && dataset.position !== position) return 'bad-receipt';
  if (dataset.kind && dataset.kind !== entry.kind) return 'bad-form';
  if (dataset.by && dataset.by !== entry.by) return 'bad-author';
  // One of the points that the entry marks: as it was marked, with all of the words about it and no others.
  if (dataset.point) {
    const mark = entry.body.entries.find(({ id }) => id === dataset.point);
    if (mark.word !== dataset.word) return 'bad-form';
    parts = parts.map((part, n) => ((mark.parts || []).includes(n) ? part : null));
  }
  const translations = translated(checked);
  const shown = new Set();
  for (const piece of own(el, '[data-part]')) {
    const n = Number(piece.dataset.part);
    const code = shownPart(piece, parts[n], n, translations);
    if (code) return code;
    if (piece.dataset.start === undefined) shown.add(n);
  }
  const whole = dataset.excerpt === undefined && !own(el, '[data-excerpt]').length;
  const wanted = (part, n) => part && part.role !== 'data' && !translations.has(n) && !shown.has(n);
  if (whole && parts.some(wanted)) return 'bad-missing';
  return shownAsks(el, checked, whole);
}

// What was not signed is hidden below the strip that says so, until somebody asks for it.
function hideWords(el, hidden) {
  const content = own(el, '[data-content]');
  for (const words of content.length ? content : own(el, '[data-part]')) words.hidden = hidden;
  for (const button of own(el, '[data-act="show-anyway"]')) button.hidden = !hidden;
}

onClick('[data-act="show-anyway"]', (button) => hideWords(button.closest('[data-entry-id]'), false));

// Shows the one of the node's marks that the check came to.
function mark(el, { id, state, code }) {
  const struck = el.dataset.proof === 'bad';
  el.dataset.proof = state;
  for (const verdict of own(el, '[data-verdict]')) {
    fill(verdict, { reason: code && (say(code) || code) });
    verdict.hidden = verdict.dataset.verdict !== state;
  }
  if (struck !== (state === 'bad')) hideWords(el, !struck);
  emit('checked', { id, state, code });
}

function judge(el) {
  const checked = resultOf(el.dataset.entryId);
  let { code } = checked;
  try {
    code = code || compareShown(el, checked);
  } catch (error) {
    // Signed, but of a shape that no node admits.
    code = 'bad-form';
  }
  return { ...checked, code, state: code && checked.state === 'ok' ? 'bad' : checked.state };
}

async function checkAll(ids) {
  const missing = ids.filter((id) => !results.has(id));
  if (!missing.length) return;
  const got = api(`/api/entries?ids=${missing.join(',')}`);
  const [keys, { entries: items }] = await Promise.all([theDirectory(), got]);
  const check = async (item, at) => {
    const checked = await checkEntry(item, at);
    results.set(item.id, checked);
    return checked.code === 'unknown-key';
  };
  const late = await Promise.all(items.map((item) => check(item, keys)));
  if (!late.some(Boolean)) return;
  // A key enrolled since the directory was read.
  forgetDirectory();
  const fresh = await theDirectory();
  await Promise.all(items.filter((item, i) => late[i]).map((item) => check(item, fresh)));
}

const resultOf = (id) => results.get(id) || { id, state: 'unknown', code: 'unknown-fetch' };

// Fetches and checks an entry that will be shown in a moment.
export const expectEntry = (id) => checkAll([id]).catch(() => {});

// The entries of these elements, and those that moved a due time in them: they may be on no page.
async function checkOf(elements) {
  const moves = elements.flatMap((el) => $$('[data-moved]', el).map(({ dataset }) => dataset.moved));
  const ids = [...new Set([...elements.map(({ dataset }) => dataset.entryId), ...moves])];
  for (let i = 0; i < ids.length; i += CHUNK) await checkAll(ids.slice(i, i + CHUNK)).catch(() => {});
}

const pause = () => new Promise((resolve) => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => resolve(port1.close());
  port2.postMessage(0);
});

// Checks every entry that hasn't been marked yet. A due time that doesn't fit waits for the end: the entry
// that moved it may stand further down.
export async function verifyPage() {
  const open = $$('[data-entry-id]:not([data-proof])');
  const later = [];
  for (let i = 0; i < open.length; i += CHUNK) {
    const some = open.slice(i, i + CHUNK);
    await checkOf(some);
    for (const el of some) {
      const judged = judge(el);
      if (judged.code === 'bad-ask') later.push(el);
      else mark(el, judged);
    }
    await pause();
  }
  for (const el of later) mark(el, judge(el));
}

// Checks elements that came after the page was loaded. All their entries are checked before any is compared:
// a due time may have been moved by another one of them.
export async function verifyElements(elements) {
  await checkOf(elements);
  for (const el of elements) mark(el, judge(el));
}

export function verifyAgain(elements) {
  for (const { dataset } of elements) results.delete(dataset.entryId);
  return verifyElements(elements);
}
