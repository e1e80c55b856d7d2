// The second signature: the releasing official signs the very bytes that the page shows, of one draft or of all that
// were chosen; or sends one back with what to change. Rows that must be seen count once they were wholly on screen for
// a second, or had the focus. Loaded on its own pages, with all of main.js.

import { fromUtf8 } from './bytes.js';
import { $, $$, announce, api, guarded, local, onClick, page, problem, say } from './dom.js';
import { decode, ENTRY, entryId } from './dsse.js';
import {} from './main.js';
import { plain } from './parts.js';
import { nameDraft, signDraft } from './sign.js';

const LOOK = 1000;

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

// What the node keeps of a release: rows that were on screen, the checks as shown, parts that are open.
const shown = (card) => ({
  looked: $$('[data-look]', card).map((row) => Number(row.dataset.look)),
  summary: card.dataset.summary || '',
  opened: $$('[data-opens][open]', card).map((part) => part.dataset.opens),
});

const unseen = () => $$('[data-look]').filter((row) => row.dataset.seen === undefined);

function nextRow() {
  const [row] = unseen();
  if (!row) return;
  row.scrollIntoView({ block: 'center' });
  row.focus({ preventScroll: true });
}

async function clear(button) {
  const one = button.dataset.ref;
  if (one && button.getAttribute('aria-disabled')) {
    announce(say('rows-first'));
    nextRow();
    return false;
  }
  const cards = one ? [button.closest('[data-draft]')] : chosenCards();
  if (!cards.length) throw problem('clear-none');
  const { clearances } = await api('/api/clearances');
  const laidOut = await Promise.all(cards.map((card) => laid(card, clearances)));
  const name = `release ${cards[0].dataset.draft}`;
  const remarks = one ? $$('[name="row-remark"]', cards[0]).some((field) => field.value.trim()) : false;
  nameDraft(name, async () => ({
    steps: laidOut.map(({ card, over }) => ({
      over,
      entries: card.dataset.private ? [noted(card, 'draft.cleared')] : [],
      to: { way: 'clearance', id: over.id, ...shown(card) },
    })),
    shown: { what: cards.map((card) => card.dataset.title).join('\n'), notices: remarks ? say('remarks-lost') : '' },
    apart: true,
    ask: true,
  }));
  // Should the next one be refused, this one has gone out.
  const done = await signDraft(name, (n) => laidOut[n].card.remove());
  if (!done) return false;
  const [refusal] = done.refusals;
  if (refusal) {
    countChosen();
    throw Object.assign(refusal.error, { detail: laidOut[refusal.n].card.dataset.title });
  }
  const [{ position = '' } = {}] = done.receipts;
  const next = cards[0].dataset.next;
  if (next) window.location.assign(local(`${next}?released=${position}`));
  else window.location.reload();
  return true;
}

async function sendBack(button) {
  const card = button.closest('[data-draft]');
  const field = $('[name="reason"]', card);
  const rows = $$('[name="row-remark"]', card).filter(({ value }) => value.trim());
  const words = [plain(field.value).trim(), ...rows.map((row) => row.dataset.on + plain(row.value).trim())];
  const texts = words.filter(Boolean);
  if (!texts.length) {
    field.focus();
    throw problem('text-empty');
  }
  const { draft: id } = card.dataset;
  nameDraft(`return ${id}`, async () => ({
    steps: [{ entries: [noted(card, 'draft.returned', texts)], to: { way: 'return', id } }],
    shown: {},
    ask: false,
  }));
  await signDraft(`return ${id}`);
  window.location.assign('/clearances');
  return true;
}

function countSeen() {
  const rows = $$('[data-look]');
  const button = $('[data-waits-for-rows]');
  if (!button || !rows.length) return;
  const left = unseen();
  const count = rows.length;
  $('#need [data-f="seen"]').textContent = left.length ? say('rows-seen', { seen: count - left.length, count })
    : say('rows-all', { count });
  const link = $('[data-next-row]');
  if (left.length) {
    link.href = `#${left[0].id}`;
    return;
  }
  link.hidden = true;
  button.removeAttribute('aria-disabled');
  button.removeAttribute('aria-describedby');
}

function see(row) {
  if (row.dataset.seen !== undefined) return;
  row.dataset.seen = '';
  delete row.dataset.unread;
  countSeen();
}

// A row that is higher than the window is never wholly in it: then most of the window shows it.
const whole = ({ intersectionRatio: share, intersectionRect: seen, rootBounds: all }) =>
  share > 0.99 || (all && seen.height > 0.6 * all.height);

function watchRows() {
  const rows = $$('[data-look]');
  if (!rows.length) return;
  document.addEventListener('focusin', ({ target }) => {
    const row = target.closest && target.closest('[data-look]');
    if (row) see(row);
  });
  if (!window.IntersectionObserver) {
    const tick = $('[data-tick]');
    if (!tick) return;
    tick.hidden = false;
    $('input', tick).onchange = () => rows.forEach(see);
    return;
  }
  const timers = new Map();
  const bar = $('#act');
  const margin = `0px 0px -${bar ? bar.offsetHeight : 0}px 0px`;
  const eye = new IntersectionObserver((changes) => {
    for (const change of changes) {
      clearTimeout(timers.get(change.target));
      if (whole(change)) timers.set(change.target, setTimeout(see, LOOK, change.target));
    }
  }, { threshold: [0, 0.25, 0.5, 0.75, 1], rootMargin: margin });
  for (const row of rows) eye.observe(row);
  countSeen();
}

function countChosen() {
  const button = $('[data-clear-chosen]');
  if (button) $('[data-f="chosen"]', button).textContent = say('clear-chosen', { count: chosenCards().length });
}

onClick('[data-act="clear"]', (button) => guarded(button, () => clear(button)));
onClick('[data-act="send-back"]', (button) => guarded(button, () => sendBack(button)));
onClick('[data-next-row]', nextRow);
onClick('[data-send-back]', () => {
  const back = $('#back');
  back.open = true;
  $('[name="reason"]', back).focus();
});
onClick('#all-drafts', ({ checked: all }) => {
  for (const box of $$('[name="draft"]:not(:disabled)')) box.checked = all;
});
onClick('#all-drafts, [name="draft"]', countChosen);
countChosen();
watchRows();
