// The second signature: the releasing official signs the very bytes that the page shows, of one draft or of
// all that were chosen; or sends one back with a remark. Loaded on its own page, with all of main.js.

import { fromUtf8 } from './bytes.js';
import { $, $$, api, guarded, onClick, page, problem, say } from './dom.js';
import { decode, ENTRY, entryId } from './dsse.js';
import {} from './main.js';
import { plain } from './parts.js';
import { nameDraft, signDraft } from './sign.js';

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
  return { card, over: found };
}

// For our private log alone: what became of a draft.
const noted = (card, kind, texts = []) => ({
  make: 'entry',
  log: card.dataset.private,
  kind,
  lang: texts.length ? page().lang : undefined,
  body: { id: card.dataset.draft },
  texts,
});

const chosenCards = () => $$('[data-draft]').filter((card) => $('[name="draft"]:checked', card));

async function clear(button) {
  const cards = button.dataset.ref ? [button.closest('[data-draft]')] : chosenCards();
  if (!cards.length) throw problem('clear-none');
  const { clearances } = await api('/api/clearances');
  const laidOut = await Promise.all(cards.map((card) => laid(card, clearances)));
  const name = `release ${cards[0].dataset.draft}`;
  nameDraft(name, async () => ({
    steps: laidOut.map(({ card, over }) => ({
      over,
      entries: card.dataset.private ? [noted(card, 'draft.cleared')] : [],
      to: { way: 'clearance', id: over.id },
    })),
    shown: { what: cards.map((card) => card.dataset.title).join('\n') },
    ask: true,
  }));
  // Should the next one fail, this one has gone out.
  const done = await signDraft(name, (n) => laidOut[n].card.remove());
  if (!done) return false;
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
  const { draft: id } = card.dataset;
  nameDraft(`return ${id}`, async () => ({
    steps: [{ entries: [noted(card, 'draft.returned', [words])], to: { way: 'return', id } }],
    shown: {},
    ask: false,
  }));
  await signDraft(`return ${id}`);
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
