// The second signature: the releasing official signs the very bytes that the page shows, of one draft or of
// all that were chosen; or sends one back with a remark. Loaded on its own page, with all of main.js.

import { fromUtf8 } from './bytes.js';
import { $, $$, api, guarded, onClick, page, problem, say } from './dom.js';
import { decode, encode, ENTRY, entryId, pae } from './dsse.js';
import { signWith } from './keys.js';
import {} from './main.js';
import { plain, textPart } from './parts.js';
import { finish } from './payloads.js';
import { author, confirmSigning, signed } from './sign.js';

// What the node holds of a card, if the page shows its very bytes.
async function laid(card, clearances) {
  const id = card.dataset.draft;
  const found = clearances.find((draft) => draft.id === id);
  if (!found) throw problem('bad-missing');
  const envelope = decode(found.envelope);
  const bytes = fromUtf8(envelope.payload);
  const pre = $('pre.bytes', card);
  const same = envelope.type === ENTRY && (await entryId(envelope.payload)) === id && pre && pre.textContent === bytes;
  if (!same) throw problem('bad-text');
  return { card, id, envelope, bytes, parts: found.parts.join('\n') };
}

// For the own private log alone: what became of a draft.
async function noted({ row, who }, card, kind, sealed = []) {
  const lang = sealed.length ? page().lang : undefined;
  const built = await finish({ ...who, log: card.dataset.private }, { kind, lang, body: { id: card.dataset.draft } }, sealed);
  return { envelope: await signed(row, built), parts: built.parts };
}

const chosenCards = () => $$('[data-draft]').filter((card) => $('[name="draft"]:checked', card));

async function clear(button) {
  const cards = button.dataset.ref ? [button.closest('[data-draft]')] : chosenCards();
  if (!cards.length) throw problem('clear-none');
  const [by, { clearances }] = await Promise.all([author(), api('/api/clearances')]);
  const drafts = await Promise.all(cards.map((card) => laid(card, clearances)));
  const all = (name) => drafts.map((draft) => draft[name]).join('\n\n');
  const what = drafts.map(({ card }) => card.dataset.title).join('\n');
  const facts = { what, bytes: all('bytes'), id: all('id'), parts: all('parts'), key: by.row.key };
  if (!(await confirmSigning(facts))) return false;
  for (const { card, id, envelope } of drafts) {
    const sig = await signWith(by.row, pae(ENTRY, envelope.payload));
    const both = encode(ENTRY, envelope.payload, [...envelope.signatures, { keyid: by.row.key, sig }]);
    const note = card.dataset.private && (await noted(by, card, 'draft.cleared'));
    await api(`/api/clearances/${id}`, { json: note ? { envelope: both, note } : { envelope: both } });
    // Should the next one fail, this one has gone out.
    card.remove();
  }
  window.location.reload();
  return true;
}

async function sendBack(button) {
  const card = button.closest('[data-draft]');
  const field = $('[name="reason"]', card);
  const words = plain(field.value).trim();
  if (!words) {
    field.focus();
    throw problem('text-empty');
  }
  const note = await noted(await author(), card, 'draft.returned', [await textPart(words)]);
  await api(`/api/clearances/${card.dataset.draft}/return`, { json: note });
  window.location.reload();
  return true;
}

function countChosen() {
  const button = $('[data-clear-chosen]');
  if (button) $('[data-f="chosen"]', button).textContent = say('clear-chosen', { count: chosenCards().length });
}

onClick('[data-act="clear"]', (button) => guarded(button, () => clear(button)));
onClick('[data-act="send-back"]', (button) => guarded(button, () => sendBack(button)));
onClick('#all-drafts', ({ checked: all }) => {
  for (const box of $$('[name="draft"]')) box.checked = all;
});
onClick('#all-drafts, [name="draft"]', countChosen);
countChosen();
