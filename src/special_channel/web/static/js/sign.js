// The one place where a person signs. A page names a draft and the node keeps it; `signDraft` takes the name, asks
// the node for the draft, builds the entries, shows what will be signed, waits for the official's choice, signs,
// sends and returns the receipts. Signed entries are kept in this browser until they are delivered, and sent again.
// Reads no forms: compose.js and others do.
//
// A draft is plain data, so that another origin could be handed it:
//   steps    requests, sent in this order, each {entries, over, to}:
//            entries  what to build, {make, …} with the arguments of that builder in builders.js
//            over     an envelope that is already signed and gets a second signature: {id, envelope, parts}
//            to       where it goes, a name in WAYS with the facts that the address needs; absent: /api/entries
//   shown    what the dialog says beside the bytes: {what, notices, answers, asks, files, release}; `found` is the node's
//   functions  numbers of the functions in which it counts, as a button names them; absent: those that allow all kinds
//   as       numbers of the functions from which the official chooses, the one that is stated first
//   marking  the marking that is chosen, '' if none is yet: the dialog has the choice, and signs with one; absent: none
//   apart    true: a step that the node refuses does not stop the others
//   ask      true: after the dialog; 'release': only if a second official has to release it; false: at once
// `author` {key, log, at, seen} is given where it is not this page's: for the key that is being enrolled.

import { build } from './builders.js';
import { openCheckpoint } from './checkpoint.js';
import { indexOf } from './directory.js';
import { $, $$, announce, api, emit, fill, guarded, onClick, onward, page, problem, put, region, say } from './dom.js';
import { decode, encode, ENTRY, pae } from './dsse.js';
import { dropAtNode, throughNode } from './keptdraft.js';
import { delivered, identities, identity, keepSigned, signWith, waiting } from './keys.js';
import { instant } from './payloads.js';
import { fromUtf8, hex } from './bytes.js';
import { functionsFor, releaseOf, showTo } from './release.js';
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

async function author({ key, log, at, seen: known }) {
  if (key) {
    return { row: await identity(key), who: { log, by: key, at: at || instant(), seen: known } };
  }
  const [row, seen] = await Promise.all([signer(), seenHeads()]);
  return { row, who: { log: page().log, by: row.key, at: instant(), seen } };
}

// What the dialog shows: the last request, which what goes first only prepares; of many second signatures all. Reasons
// for findings stay with us: they are not among what goes to the other side.
function factsOf({ steps, shown }, built) {
  const overs = steps.map(({ over }) => over).filter(Boolean);
  const last = built[built.length - 1];
  const sent = last.filter(({ entry }) => entry.kind !== 'sense.confirmed');
  const join = (of) => (overs.length ? overs : sent).map(of).join('\n\n');
  const side = overs.length ? undefined : say(`side-${page().party === 'eu' ? 'cn' : 'eu'}`);
  const release = overs.length ? undefined : releaseOf(last.map(({ entry }) => entry));
  const inside = !overs.length && last.every(({ entry }) => entry.log !== page().log);
  return {
    bytes: join(({ pae: held, envelope }) => fromUtf8(held || decode(envelope).payload)),
    id: join(({ id }) => id),
    parts: join(({ parts = [] }) => parts.join('\n')),
    side,
    release,
    inside,
    stays: last[sent.length] && say('reason-stays'),
    ...shown,
  };
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
  const { receipts, laid } = await api('/api/entries', { json: { entries, lay: true, draft: rows[0].draft } });
  if (laid) {
    await forget(rows);
    announce(say('to-release'));
  }
  return { receipts, waits: Boolean(laid) };
}

// A refusal means that nothing was written, so nothing is kept; whatever else may have been written,
// stays and goes again.
const refused = (error) => error.status >= 400 && error.status < 500 && ![401, 408, 425, 429].includes(error.status);

const signed = async (row, { payload, pae: bytes }, before = []) =>
  encode(ENTRY, payload, [...before, { keyid: row.key, sig: await signWith(row, bytes) }]);

// Sends what belongs together in one request, so that a thread never opens without its note. Null if it is taken back
// before: until `hold` resolves to true, what was signed is in this page alone.
async function sendEntries(row, built, { hold, draft } = {}) {
  const envelopes = await Promise.all(built.map((each) => signed(row, each)));
  if (hold && !(await hold())) return null;
  const more = { at: Date.now(), draft: draft && draft() };
  const rows = built.map(({ id, parts }, n) => ({ id, envelope: envelopes[n], parts, n, ...more }));
  announce(say('sending'));
  // Handed to the browser's store before the first try: a crash between may send twice, which changes nothing.
  // A store that is full keeps nothing; what the node takes is sent all the same.
  const keep = (each) => keepSigned(each).catch(() => {});
  const kept = Promise.all(rows.map(keep));
  try {
    const [{ receipts, waits }] = await Promise.all([post(rows), kept]);
    for (const [i, { id, position }] of receipts.entries()) {
      // Nobody delivers what our private log holds.
      await (built[i].entry.log === page().log ? keep({ ...rows[i], position }) : delivered(id));
      announce(say('sent', { position }));
      emit('sent', { id, position });
    }
    return { receipts, waits: waits ? RELEASES : '' };
  } catch (error) {
    await kept;
    // Who is signed out has written nothing either, and sends again from the form.
    error.over = refused(error) || error.status === 401;
    if (error.over) await forget(rows);
    throw error;
  } finally {
    outboxChanged();
  }
}

// Deletes what the peer has (`size` of the own log, if that is known), sends again what the node doesn't
// hold: together what was signed together. `now`: what never came back from the node, and nothing else.
// One after the other: the second finds what the first has sent.
let tidied = Promise.resolve();
export const tidyOutbox = (...which) => {
  tidied = tidied.then(() => tidy(...which));
  return tidied;
};

async function tidy(size = 0, now = false) {
  const missing = new Map();
  for (const row of await waiting().catch(() => [])) {
    // On its way at this moment, perhaps from another window.
    if (row.position ? now : !now && Date.now() - row.at < GRACE) continue;
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

// Shows what will be signed and resolves to true once "sign" is chosen and the dialog lacks no marking; no dialog on the
// page: at once.
async function confirmSigning(facts, lacks, confirm) {
  const dialog = $('#confirm');
  if (!dialog) return true;
  fill(dialog, facts);
  await askWhy(confirm);
  showTo(dialog, facts.release, facts.inside);
  dialog.toggleAttribute('data-internal', facts.inside);
  // A note has files, even if none; an act that a page offers besides its composer has no such row.
  dialog.dataset.note = 'files' in facts;
  return new Promise((resolve) => {
    const done = (answer) => () => {
      dialog.onclose = null;
      resolve(answer);
      // Signing has begun by then: closing lays the whole page out anew.
      setTimeout(() => dialog.close());
    };
    const sign = done(true);
    $('[data-act="sign"]', dialog).onclick = () => lacks() || why?.lacksWhy() || sign();
    for (const button of $$('[data-act="cancel"]', dialog)) button.onclick = done(false);
    dialog.onclose = done(false);
    dialog.showModal();
  });
}

// The choices of reasons in the dialog, loaded for the first finding to confirm.
let why = null;
async function askWhy(confirm) {
  if (confirm.length) why = await import('./reasons.js');
  why?.offerWhy(confirm);
}

const WAYS = {
  clearance: ({ way, id, ...shown }, [{ envelope }, note]) => [`/api/clearances/${id}`, { envelope, note, ...shown }],
  step: ({ id }, built) => {
    const [draft, note, ...confirmed] = built.length > 1 ? built : [undefined, ...built];
    return [`/api/clearances/${id}/steps`, { note, draft, confirmed }];
  },
  return: ({ id }, [note]) => [`/api/clearances/${id}/return`, note],
  recovery: (_, [{ envelope }]) => ['/api/recovery/private', { envelope, parts: [] }],
  act: ({ at = 'acts', id, reason }, [{ envelope }]) =>
    [`/api/${at}${id ? `/${id}` : ''}`, id ? { envelope } : { envelope, reason }],
  enrolment: ({ code, label }, [{ envelope }]) => ['/api/enrol', { code, envelope, label }],
};

async function sendStep(row, { over, to }, built, sending) {
  if (!to) return sendEntries(row, built, sending);
  const envelopes = [];
  if (over) {
    const { payload, signatures } = decode(over.envelope);
    envelopes.push({ envelope: await signed(row, { payload, pae: pae(ENTRY, payload) }, signatures) });
  }
  for (const each of built) envelopes.push({ envelope: await signed(row, each), parts: each.parts });
  const [path, json] = WAYS[to.way](to, envelopes);
  const { receipts = [] } = (await api(path, { json })) || {};
  return { receipts, waits: '' };
}

const drafts = new Map();

// `describe` resolves to the draft of that name, as it is when somebody looks at it or signs it. `sending`, of what goes
// to /api/entries: {hold, draft, chosen}, what it waits for once it is signed, which saved draft ends with it, and who is
// told of the marking that the dialog chose.
export const nameDraft = (name, describe, by = {}, sending = {}) =>
  drafts.set(name, { describe, by, sending, ready: null });

// Built once: what is shown is what is signed, and what goes again after a failure is the same entry. The author
// states the time before the draft is described, since due times in seconds count from it.
async function prepared(name) {
  const named = drafts.get(name);
  if (named.ready) return named.ready;
  const by = await author(named.by);
  const described = await named.describe();
  // Who is being enrolled has no session: the node's own answer to the code is the draft then.
  const draft = page().key ? await throughNode(name, { ...described, as: functionsFor(described) }) : described;
  named.ready = await builtAs(by, draft);
  return named.ready;
}

async function builtAs(by, draft) {
  const [as, ...others] = draft.as || [];
  // Absent for the first function.
  const who = { ...by.who, as: as > 1 ? as : undefined };
  const built = [];
  for (const { entries = [] } of draft.steps) built.push(await build(who, entries));
  const words = $(`#strings [data-as="${as || 1}"]`) || $('#strings [data-as]');
  // With a choice, the list beside it says the function.
  const facts = { ...factsOf(draft, built), function: others.length ? '' : words && words.textContent };
  return { by, draft, built, facts };
}

// A list in the dialog that changes what is signed: by `changes` the entries are built anew, one choice after the other.
// Nothing is signed meanwhile; where it fails, the choice before it stands, also where the page keeps it (`keep`). The
// list stays enabled: it has the focus.
let rebuilt = Promise.resolve();
function choiceOf(name, list, stated, changes, keep = () => {}) {
  const dialog = $('#confirm');
  list.value = stated;
  const rebuild = async () => {
    const named = drafts.get(name);
    const { value } = list;
    keep(value);
    // Closed, and written on since.
    if (!named.ready) return;
    const { by, draft } = named.ready;
    try {
      named.ready = await builtAs(by, await throughNode(name, { ...draft, ...changes(value, draft) }));
      fill(dialog, named.ready.facts);
      await askWhy(named.ready.draft.confirm);
      stated = value;
    } catch (error) {
      // Whoever closes it ends the draft, not the choice.
      if (!dialog.open) return;
      list.value = stated;
      keep(stated);
      throw error;
    }
  };
  list.onchange = () => {
    rebuilt = rebuilt.then(() => guarded($('[data-act="sign"]', dialog), rebuild));
  };
}

// The dialog's list of functions, where several allow the act.
function offerFunctions(name) {
  const list = $('#confirm [name="as"]');
  if (!list) return;
  const { as = [] } = drafts.get(name).ready.draft;
  list.hidden = as.length < 2;
  for (const option of list.options) {
    option.hidden = !as.includes(Number(option.value));
    option.disabled = option.hidden;
  }
  const first = (chosen) => ({ as: [Number(chosen), ...as.filter((each) => each !== Number(chosen))] });
  if (as.length) choiceOf(name, list, as[0], first);
}

// The dialog's list of markings. Returns whether it lacks a choice, which it then asks for.
function offerMarking(name) {
  const list = $('#confirm [name="marking"]');
  const { ready: { draft: { marking } }, sending } = drafts.get(name);
  if (!list || marking === undefined) return () => false;
  const lacks = (asked) => {
    const bad = asked && !list.value;
    put(list.parentNode, 'marking-needed', bad && say('marking-needed'));
    list.setAttribute('aria-invalid', bad);
    if (bad) list.focus();
    return bad;
  };
  lacks(false);
  // Where the dialog is one key from signed, what it lacks comes first.
  list.autofocus = !marking;
  choiceOf(name, list, marking, (chosen, { steps: [{ entries }] }) =>
    ({ marking: chosen, steps: [{ entries: entries.map((each) => ({ ...each, marking: chosen })) }] }), (chosen) => {
    lacks(false);
    sending.chosen(chosen);
  });
  return () => lacks(true);
}

// What `signDraft` would show of a draft now.
export const factsOfDraft = async (name) => (await prepared(name)).facts;

// Signs and sends the draft of this name. Resolves to {receipts, waits}, or to null if its official goes back;
// `waits` is the page where it waits for a second official. `sent(n)` is called after each request.
export async function signDraft(name, sent = () => {}) {
  const { draft: { ask, as = [], confirm = [] }, facts } = await prepared(name);
  offerFunctions(name);
  const lacks = offerMarking(name);
  const asks = facts.found || (ask === 'release' ? facts.release !== undefined || as.length > 1 : ask);
  if (asks && !(await confirmSigning(facts, lacks, confirm))) {
    dropAtNode(name);
    return null;
  }
  const { by, draft, built } = await prepared(name);
  // The reasons chosen in the dialog, by step. They name what they are about by its id, which stays as it was shown.
  const reasons = why && draft.confirm.length
    ? (await builtAs(by, await throughNode(name, { ...draft, steps: why.whysOf(built) }))).built : [];
  const done = { receipts: [], waits: '', refusals: [] };
  for (const [n, step] of draft.steps.entries()) {
    try {
      const answer = await sendStep(by.row, step, [...built[n], ...reasons[n] || []], drafts.get(name).sending);
      if (!answer) {
        dropAtNode(name);
        return null;
      }
      const { receipts, waits } = answer;
      done.receipts.push(...receipts);
      done.waits = waits || done.waits;
      sent(n);
    } catch (error) {
      if (!draft.apart || !refused(error)) throw error;
      done.refusals.push({ n, error });
    }
  }
  drafts.delete(name);
  dropAtNode(name);
  return done;
}

// An act as an element's attributes ask for it: `data` names the element that shows a data part, or where it is.
export const actOf = async ({ sign: kind, ref, thread, body = '{}', log, data }) => ({
  make: 'entry', kind, log, thread, ref: ref || undefined, body: JSON.parse(body),
  data: data && await (await import('./fetched.js')).fetched($(data)),
});

// `with` names another act, signed before this one; `reasons` the list of reasons, signed together with this one.
async function signAct({ with: first, confirm, next, what, release, functions, reasons, ...asked }) {
  const and = reasons ? (await import('./reasons.js')).reasonsOf($(reasons)) : [];
  const name = [asked.sign, asked.ref || asked.thread].filter(Boolean).join(' ');
  nameDraft(name, async () => ({
    steps: [...(first ? [{ entries: [await actOf($(first).dataset)] }] : []), { entries: [await actOf(asked), ...and] }],
    // Of a list its page knows more: whether a row is a line stop.
    shown: release === undefined ? { what } : { what, release },
    functions,
    ask: confirm === undefined ? 'release' : true,
  }));
  const done = await signDraft(name);
  if (!done) return false;
  if (done.waits || next) window.location.assign(onward(done.waits, next));
  return true;
}

export const bindActs = () =>
  onClick('button[data-sign]', (button) => guarded(button, () => signAct({ ...button.dataset })));
