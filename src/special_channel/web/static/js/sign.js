// Signs what was built, keeps it in this browser until it is delivered, sends it, sends it again. The
// one-click acts are here, too. Builds no payloads (payloads.js) and reads no forms (compose.js).

import { openCheckpoint } from './checkpoint.js';
import { indexOf } from './directory.js';
import { $, $$, announce, api, emit, fill, guarded, local, onClick, page, problem, region, say } from './dom.js';
import { encode, ENTRY } from './dsse.js';
import { delivered, identities, identity, keepSigned, signWith, waiting } from './keys.js';
import { act, instant } from './payloads.js';
import { fromUtf8, hex } from './bytes.js';
import { theDirectory } from './verify.js';

const GRACE = 5000;
const RELEASES = '/clearances';

export async function signer() {
  const { key } = page();
  const row = key ? await identity(key) : (await identities())[0];
  if (!row) throw problem('no-key');
  return row;
}

// Newest checkpoints of both logs, each with its log's signature checked against the pinned roots.
async function seenHeads() {
  const [{ heads }, directory] = await Promise.all([api('/api/heads'), theDirectory()]);
  const seen = [];
  for (const { log, size, root, note } of heads) {
    const party = Object.keys(directory.logs).find((name) => directory.logs[name] === log);
    if (size === 0) seen.push({ log, size, root });
    if (!party || size === 0) continue;
    const head = await openCheckpoint(note, directory.checkpoints[party]).catch(() => null);
    if (!head || head.log !== log) throw problem('bad-receipt');
    seen.push({ log, size: head.size, root: hex(head.root) });
  }
  return seen;
}

export async function author() {
  const [row, seen] = await Promise.all([signer(), seenHeads()]);
  return { row, who: { log: page().log, by: row.key, at: instant(), seen } };
}

export const exactly = (built) => ({
  bytes: fromUtf8(built.pae),
  id: built.id,
  parts: built.parts.join('\n'),
});

// The roles of which a second official must release these entries first; undefined where the judge asks for
// nobody. The page holds what the judge would ask for, by kind: a note with questions is `asks`.
export function releaseOf(entries) {
  const held = entries.flatMap(({ kind, asks }) => $$(`#strings [data-release="${asks ? 'asks' : kind}"]`));
  return held.length ? [...new Set(held.map(({ textContent }) => textContent))].join('; ') : undefined;
}

// One of two texts, wherever both are: for the other side, or for a second official first.
export function showTo(root, release) {
  for (const el of $$('[data-to]', root)) el.hidden = (el.dataset.to === 'second') !== (release !== undefined);
}

// What the dialog shows of entries before they are signed.
export function factsOf(row, built) {
  const shown = built.map(exactly);
  const join = (name) => shown.map((each) => each[name]).join('\n\n');
  const side = say(`side-${page().party === 'eu' ? 'cn' : 'eu'}`);
  const release = releaseOf(built.map(({ entry }) => entry));
  return { bytes: join('bytes'), id: join('id'), parts: join('parts'), key: row.key, side, release };
}

async function outboxChanged() {
  const { length: count } = await waiting().catch(() => []);
  region('#outbox', count && say('kept', { count }));
}

const forget = (rows) => Promise.all(rows.map(({ id }) => delivered(id)));

// What needs a second official waits with the node then: nothing is kept here, there are no receipts, and the
// author goes to where it waits.
async function post(rows) {
  const entries = rows.map(({ envelope, parts }) => ({ envelope, parts }));
  const { receipts, laid } = await api('/api/entries', { json: { entries, lay: true } });
  if (laid) {
    await forget(rows);
    announce(say('to-release'));
  }
  return { receipts, waits: Boolean(laid) };
}

// A refusal means that nothing was written, so nothing is kept; whatever else may have been written,
// stays and goes again.
const refused = (error) => error.status >= 400 && error.status < 500 && ![401, 408, 425, 429].includes(error.status);

export const signed = async (row, { payload, pae }) =>
  encode(ENTRY, payload, [{ keyid: row.key, sig: await signWith(row, pae) }]);

// Signs and sends what belongs together in one request, so that a thread never opens without its note.
// Resolves to the page that shows what became of it, where that is another one: it waits for release.
export async function signAndSend(row, built) {
  const at = Date.now();
  const rows = await Promise.all(built.map(async (each, n) => {
    const envelope = await signed(row, each);
    return { id: each.id, envelope, parts: each.parts, at, n };
  }));
  announce(say('sending'));
  // Handed to the browser's store before the first try: a crash between may send twice, which changes nothing.
  // A store that is full keeps nothing; what the node takes is sent all the same.
  const keep = (each) => keepSigned(each).catch(() => {});
  const kept = Promise.all(rows.map(keep));
  try {
    const [{ receipts, waits }] = await Promise.all([post(rows), kept]);
    for (const [i, { id, position }] of receipts.entries()) {
      await keep({ ...rows[i], position });
      announce(say('sent', { position }));
      emit('sent', { id, position });
    }
    return waits ? RELEASES : '';
  } catch (error) {
    await kept;
    // Who is signed out has written nothing either, and sends again from the form.
    if (refused(error) || error.status === 401) await forget(rows);
    throw error;
  } finally {
    outboxChanged();
  }
}

// Deletes what the peer has (`size` of the own log, if that is known), sends again what the node doesn't
// hold: together what was signed together.
export async function tidyOutbox(size = 0) {
  const missing = new Map();
  for (const row of await waiting().catch(() => [])) {
    // On its way at this moment, perhaps from another window.
    if (!row.position && Date.now() - row.at < GRACE) continue;
    try {
      const there = row.position && indexOf(row.position) < size;
      if (there || (await api(`/api/entries/${row.id}`)).delivered) await delivered(row.id);
    } catch (error) {
      if (error.status === 404) missing.set(row.at, [...(missing.get(row.at) || []), row]);
    }
  }
  for (const rows of missing.values()) {
    await post(rows.sort((a, b) => a.n - b.n)).catch((error) => refused(error) && forget(rows));
  }
  outboxChanged();
}

// Shows what will be signed and resolves to true once "sign" is chosen; no dialog on the page: at once.
export function confirmSigning(facts) {
  const dialog = $('#confirm');
  if (!dialog) return Promise.resolve(true);
  fill(dialog, facts);
  showTo(dialog, facts.release);
  return new Promise((resolve) => {
    const done = (answer) => () => {
      dialog.onclose = null;
      resolve(answer);
      // Signing has begun by then: closing lays the whole page out anew.
      setTimeout(() => dialog.open && dialog.close());
    };
    $('[data-act="sign"]', dialog).onclick = done(true);
    for (const button of $$('[data-act="cancel"]', dialog)) button.onclick = done(false);
    dialog.onclose = done(false);
    dialog.showModal();
  });
}

// An act as an element's attributes ask for it: `data` names the element that shows a data part.
export const actOf = (who, { sign: kind, ref, thread, body = '{}', log = who.log, data }) =>
  act({ ...who, log }, kind, { thread, ref, body: JSON.parse(body), data: data && $(data).textContent });

// `with` names another act, signed before this one.
async function signAct(asked) {
  const { row, who } = await author();
  const built = await actOf(who, asked);
  const { confirm, next, what, with: first } = asked;
  const facts = { ...factsOf(row, [built]), what };
  // Of a list its page knows more: whether a row is a line stop.
  if (asked.release !== undefined) facts.release = asked.release;
  const asking = confirm !== undefined || facts.release !== undefined;
  if (asking && !(await confirmSigning(facts))) return false;
  if (first) await signAndSend(row, [await actOf(who, $(first).dataset)]);
  const waits = await signAndSend(row, [built]);
  if (waits || next) window.location.assign(local(waits || next));
  return true;
}

export const bindActs = () =>
  onClick('button[data-sign]', (button) => guarded(button, () => signAct(button.dataset)));
