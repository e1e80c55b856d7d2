// Signs what was built, keeps it in this browser until it is delivered, sends it, sends it again. The
// one-click acts are here, too. Builds no payloads (payloads.js) and reads no forms (compose.js).

import { openCheckpoint } from './checkpoint.js';
import { $, $$, announce, api, fill, guarded, onClick, page, problem, say } from './dom.js';
import { encode, ENTRY } from './dsse.js';
import { delivered, identities, identity, keepSigned, signWith, waiting } from './keys.js';
import { act, instant } from './payloads.js';
import { fromUtf8, hex } from './bytes.js';
import { theDirectory } from './verify.js';

const FLAG = 'sc-outbox';

export async function signer() {
  const { key } = page();
  const row = key ? await identity(key) : (await identities())[0];
  if (!row) throw problem('no-key', say('no-key'));
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
    if (!head || head.log !== log) throw problem('bad-receipt', say('bad-receipt'));
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

export async function outboxChanged() {
  const rows = await waiting().catch(() => []);
  try {
    localStorage.setItem(FLAG, rows.length ? '1' : '');
  } catch (error) {
    // Storage may be off; the flag only saves work.
  }
  const box = $('#outbox');
  if (!box) return;
  box.hidden = !rows.length;
  fill(box, { text: say('kept', { count: rows.length }) });
}

async function post(rows) {
  const entries = rows.map(({ envelope, parts }) => ({ envelope, parts }));
  const { receipts } = await api('/api/entries', { method: 'POST', json: { entries } });
  return receipts;
}

// A refusal means that nothing was written, so nothing is kept; whatever else may have been written,
// stays and goes again.
const refused = (error) => error.status >= 400 && error.status < 500 && ![401, 408, 425, 429].includes(error.status);

// Signs and sends what belongs together in one request, so that a thread never opens without its note.
export async function signAndSend(row, built, facts = {}) {
  const rows = [];
  for (const item of built) {
    const sig = await signWith(row, item.pae);
    const envelope = encode(ENTRY, item.payload, [{ keyid: row.key, sig }]);
    rows.push({ id: item.id, envelope, parts: item.parts, at: Date.now(), by: row.key, ...facts });
  }
  announce(say('sending'));
  // Stored before the first try: a crash between may send twice, which changes nothing.
  await Promise.all(rows.map(keepSigned));
  let receipts;
  try {
    receipts = await post(rows);
  } catch (error) {
    const toClear = error.code === 'clearance-missing';
    if (toClear) for (const { envelope, parts } of rows) await api('/api/clearances', { method: 'POST', json: { envelope, parts } });
    if (refused(error)) await Promise.all(rows.map(({ id }) => delivered(id)));
    outboxChanged();
    if (!toClear) throw error;
    announce(say('to-clear'));
    return;
  }
  outboxChanged();
  for (const { id, position } of receipts) {
    announce(say('sent', { position }));
    document.dispatchEvent(new CustomEvent('sc:sent', { detail: { id, position } }));
  }
}

// Deletes what the peer has, sends again what the node doesn't hold.
export async function tidyOutbox() {
  for (const row of await waiting().catch(() => [])) {
    try {
      const entry = await api(`/api/entries/${row.id}`);
      if (entry.delivered) await delivered(row.id);
    } catch (error) {
      if (error.status !== 404) continue;
      await post([row]).catch((again) => (refused(again) ? delivered(row.id) : null));
    }
  }
  await outboxChanged();
}

// Shows what will be signed and resolves to true once "sign" is chosen; no dialog on the page: at once.
export function confirmSigning(facts) {
  const dialog = $('#confirm');
  if (!dialog) return Promise.resolve(true);
  fill(dialog, facts);
  return new Promise((resolve) => {
    const done = (answer) => () => {
      dialog.onclose = null;
      if (dialog.open) dialog.close();
      resolve(answer);
    };
    $('[data-act="sign"]', dialog).onclick = done(true);
    for (const button of $$('[data-act="cancel"]', dialog)) button.onclick = done(false);
    dialog.onclose = done(false);
    dialog.showModal();
  });
}

async function signAct({ sign: kind, ref, thread, asks, confirm }) {
  const { row, who } = await author();
  const list = kind === 'thread.closed' ? JSON.parse(asks || '[]') : null;
  const built = await act(who, kind, { thread, ref, asks: list });
  const facts = { ...exactly(built), key: row.key, side: say(`side-${page().party === 'eu' ? 'cn' : 'eu'}`) };
  if (confirm !== undefined && !(await confirmSigning(facts))) return false;
  await signAndSend(row, [built], { thread });
  return true;
}

export const bindActs = () =>
  onClick('button[data-sign]', (button) => guarded(button, () => signAct(button.dataset)));
