// The second signature: the releasing official signs the very bytes that the page shows, of one draft or of all that
// were chosen; or sends one back with what to change. Rows that must be seen count once they were wholly on screen for
// a second, or had the focus. Loaded on its own pages, with all of main.js.

import { fromUtf8 } from './bytes.js';
import { $, $$, addRow, announce, api, guarded, local, onClick, page, problem, say, shownRows } from './dom.js';
import { Draft } from './draft.js';
import { decode, ENTRY, entryId } from './dsse.js';
import {} from './main.js';
import { plain } from './parts.js';
import { nameDraft, signDraft } from './sign.js';
import { upload } from './uploads.js';

const LOOK = 1000;
const field = (card, name) => $(`[name="${name}"]`, card);

// What is written here and not signed yet is kept as every draft is; the scan of a paper is chosen again.
const REMARKS = ['reason', 'step-remark', 'paper-office', 'paper-on', 'paper-reference'];
// Remarks on rows that are on another portion of the draft's page, by row.
const remarksBeyond = new Map();
const REMARK_LISTS = { rows: ['row-remark', 'row'], texts: ['step-text', 'text'] };

function remarksOf(card) {
  const kept = {};
  for (const name of REMARKS) if (field(card, name)) kept[name] = field(card, name).value;
  for (const [list, [name, place]] of Object.entries(REMARK_LISTS)) {
    const inputs = $$(`[name="${name}"]`, card).filter(({ value, defaultValue }) => value !== defaultValue);
    kept[list] = inputs.map(({ dataset, value }) =>
      JSON.stringify({ place: dataset[place], on: dataset.on, words: value }));
    if (list === 'rows') kept[list].push(...[...remarksBeyond.values()].map((each) => JSON.stringify(each)));
  }
  // A choice alone is no draft.
  const to = field(card, 'to');
  kept.to = to && kept.reason ? to.value : '';
  return kept;
}

const wordsBeyond = () => [...remarksBeyond.values()].map(({ on, words }) => on + plain(words).trim());

// What goes with a return is on the page, also if its field is on another portion.
function listBeyond(card) {
  const list = $('[data-list="beyond"]', card);
  if (!list) return;
  for (const row of shownRows(list)) row.remove();
  for (const words of wordsBeyond()) addRow(list).textContent = words;
}

// `beside` what was typed while the node was asked: that stays.
function restoreRemarks(card, kept, beside = false) {
  const set = (input, value) => {
    if (beside && input.value !== input.defaultValue) return;
    input.value = value;
    if (value === input.defaultValue) return;
    for (let part = input.closest('details'); part; part = part.parentElement.closest('details')) part.open = true;
  };
  for (const name of REMARKS) if (field(card, name)) set(field(card, name), kept[name] || '');
  for (const [list, [name, place]] of Object.entries(REMARK_LISTS)) {
    const held = new Map((kept[list] || []).map((each) => JSON.parse(each)).map((each) => [each.place, each]));
    if (list === 'rows') {
      remarksBeyond.clear();
      const others = rowsElsewhere(card).map(({ row }) => String(row));
      for (const [at, remark] of held) if (others.includes(at)) remarksBeyond.set(at, remark);
      listBeyond(card);
    }
    for (const input of $$(`[name="${name}"]`, card)) {
      const remark = held.get(input.dataset[place]);
      if (remark) set(input, remark.words);
      else set(input, input.defaultValue);
    }
  }
  if (kept.to && field(card, 'to')) field(card, 'to').value = kept.to;
}

let remarks = null;
// What is signed waits for what was written earlier.
let restored = Promise.resolve();

async function keepRemarks() {
  const card = $('article[data-draft]');
  if (!card || !$('textarea', card) || !page().key) return;
  remarks = new Draft(card, () => remarksOf(card), (kept) => restoreRemarks(card, kept));
  restored = remarks.load().then((kept) => kept && restoreRemarks(card, kept, true));
  await restored;
  card.addEventListener('input', () => remarks.touch());
  if (Object.values(remarksOf(card)).some(({ length }) => length)) remarks.touch();
}

const dropRemarks = () => remarks && remarks.drop();

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
const noted = (card, kind, texts = [], more = {}, files = []) => ({
  make: 'entry',
  log: card.dataset.private,
  kind,
  lang: texts.length ? page().lang : undefined,
  body: { id: card.dataset.draft, ...more },
  texts,
  files,
});

// The author's reasons that the page shows beside the findings: the release names them.
const confirmedOn = ({ dataset: { confirmed } }) => (confirmed ? { confirmed: confirmed.split(' ') } : {});

const chosenCards = () => $$('[data-draft]').filter((card) => $('[name="draft"]:checked', card));

// A long sheet's rows are on several portions of its page: what an official saw on one counts on the others, for as long
// as the checks say the same; never for whoever signs in at this window next.
const seenAt = ({ dataset: { draft, summary } }) => `seen ${page().key} ${draft} ${summary}`;
const seenOf = (card) => new Set(JSON.parse(sessionStorage.getItem(seenAt(card)) || '[]'));

function rowsElsewhere(card) {
  const { others, places = '' } = card ? card.dataset : {};
  const at = places.split(' ');
  return others ? others.split(' ').map((row, n) => ({ row: Number(row), at: at[n] })) : [];
}

// What the node keeps of a release: rows that were on screen, the checks as shown, parts that are open.
const shown = (card) => ({
  looked: [...$$('[data-look]', card).map((row) => Number(row.dataset.look)), ...rowsElsewhere(card).map(({ row }) => row)],
  summary: card.dataset.summary || '',
  opened: $$('[data-opens][open]', card).map((part) => part.dataset.opens),
});

const unseen = () => $$('[data-look]').filter((row) => row.dataset.seen === undefined);

function unseenElsewhere() {
  const [card] = $$('article[data-draft]');
  const seen = card && seenOf(card);
  return rowsElsewhere(card).filter(({ row }) => !seen.has(row)).map(({ row, at }) =>
    `${card.dataset.elsewhere}${at}#row-${row}`);
}

function nextRow() {
  const [row] = unseen();
  const [beyondThis] = unseenElsewhere();
  if (!row && beyondThis) window.location.assign(local(beyondThis));
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
  await restored;
  const { clearances } = await api('/api/clearances');
  const laidOut = await Promise.all(cards.map((card) => laid(card, clearances)));
  const name = `release ${cards[0].dataset.draft}`;
  const unsent = one ? remarksBeyond.size || $$('[name="row-remark"]', cards[0]).some((field) => field.value.trim()) : false;
  nameDraft(name, async () => ({
    steps: laidOut.map(({ card, over }) => ({
      over,
      entries: card.dataset.private ? [noted(card, 'draft.cleared', [], confirmedOn(card))] : [],
      to: { way: 'clearance', id: over.id, ...shown(card) },
    })),
    shown: { what: cards.map((card) => card.dataset.title).join('\n'), notices: unsent ? say('remarks-lost') : '' },
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
  for (const card of cards) sessionStorage.removeItem(seenAt(card));
  if (one) await dropRemarks();
  const [{ position = '' } = {}] = done.receipts;
  const next = cards[0].dataset.next;
  if (next) window.location.assign(local(`${next}${next.includes('?') ? '&' : '?'}released=${position}`));
  else window.location.reload();
  return true;
}

const valueOf = (card, name) => {
  const input = field(card, name);
  const text = input ? plain(input.value).trim() : '';
  if (!text && input && input.required) {
    input.focus();
    throw problem('text-empty');
  }
  return text;
};

// The draft of the page with the checker's texts. Parts that are not in a field stay as they are.
async function withChanges(card) {
  const { clearances } = await api('/api/clearances');
  const { over } = await laid(card, clearances);
  const { kind, parts = [], v, log, by, as, at, seen, ...fields } = JSON.parse(fromUtf8(decode(over.envelope).payload));
  const texts = {};
  for (const input of $$('[name="step-text"]', card)) {
    const text = plain(input.value).trim();
    if (!text) {
      input.focus();
      throw problem('text-empty');
    }
    if (text !== input.defaultValue.trim()) texts[input.dataset.text] = text;
  }
  if (!Object.keys(texts).length) throw problem('change-none');
  return { make: 'changed', kind, fields, parts: parts.map((part, n) => ({ ...part, text: over.parts[n] })), texts };
}

async function onPaper(card) {
  const texts = [valueOf(card, 'paper-office'), valueOf(card, 'paper-reference')];
  const on = valueOf(card, 'paper-on');
  const [file] = field(card, 'paper-scan').files;
  if (!file) {
    field(card, 'paper-scan').focus();
    throw problem('text-empty');
  }
  return { texts, more: { answer: 'agreed', on }, files: [await upload(file, () => {})] };
}

// An answer to a step of the sign-off route, for our private log alone; changes are signed with it.
async function check(button) {
  const card = button.closest('[data-draft]');
  const { answer } = button.dataset;
  const { draft: id, step, person, desk, functions } = card.dataset;
  const changed = answer === 'changed' ? [await withChanges(card)] : [];
  const remark = field(card, 'step-remark') ? plain(field(card, 'step-remark').value).trim() : '';
  const told = answer === 'paper' ? await onPaper(card)
    : { texts: [remark].filter(Boolean), more: { answer, ...(changed.length ? { next: 'first' } : {}) } };
  const body = { step: Number(step), person, ...(desk ? { desk } : {}), ...told.more };
  nameDraft(`step ${id}`, async () => ({
    steps: [{
      entries: [...changed, noted(card, 'draft.checked', told.texts, body, told.files)],
      to: { way: 'step', id },
    }],
    shown: { what: `${card.dataset.title}\n${button.textContent.trim()}`, side: undefined, release: undefined },
    functions,
    // The dialog of a page with a release says where the release goes.
    ask: !$('[data-act="clear"]', card),
  }));
  if (!(await signDraft(`step ${id}`))) return false;
  await dropRemarks();
  if (answer === 'paper') window.location.reload();
  else window.location.assign('/clearances');
  return true;
}

async function sendBack(button) {
  await restored;
  const cards = button.closest('[data-draft]') ? [button.closest('[data-draft]')] : chosenCards();
  if (!cards.length) throw problem('clear-none');
  const card = button.closest('[data-draft], details');
  const reason = field(card, 'reason');
  const rows = $$('[name="row-remark"]', card).filter(({ value }) => value.trim());
  const words = [plain(reason.value).trim(), ...rows.map((row) => row.dataset.on + plain(row.value).trim()), ...wordsBeyond()];
  const texts = words.filter(Boolean);
  if (!texts.length) {
    reason.focus();
    throw problem('text-empty');
  }
  const to = field(card, 'to');
  const name = `return ${cards[0].dataset.draft}`;
  nameDraft(name, async () => ({
    steps: cards.map((each) => ({
      entries: [noted(each, 'draft.returned', texts, to ? { to: Number(to.value) } : {})],
      to: { way: 'return', id: each.dataset.draft },
    })),
    shown: {},
    ask: false,
  }));
  await signDraft(name);
  await dropRemarks();
  window.location.assign('/clearances');
  return true;
}

function countSeen() {
  const rows = $$('[data-look]');
  const button = $('[data-waits-for-rows]');
  if (!button || !rows.length) return;
  const left = [...unseen().map(({ id }) => `#${id}`), ...unseenElsewhere()];
  const count = rows.length + rowsElsewhere($('article[data-draft]')).length;
  $('#need [data-f="seen"]').textContent = left.length ? say('rows-seen', { seen: count - left.length, count })
    : say('rows-all', { count });
  const link = $('[data-next-row]');
  if (left.length) {
    [link.href] = left;
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
  const card = row.closest('[data-draft]');
  sessionStorage.setItem(seenAt(card), JSON.stringify([...seenOf(card), Number(row.dataset.look)]));
  countSeen();
}

// A row that is higher than the window is never wholly in it: then most of the window shows it.
const whole = ({ intersectionRatio: share, intersectionRect: seen, rootBounds: all }) =>
  share > 0.99 || (all && seen.height > 0.6 * all.height);

function watchRows() {
  const rows = $$('[data-look]');
  if (!rows.length) return;
  const before = seenOf(rows[0].closest('[data-draft]'));
  if (rowsElsewhere(rows[0].closest('[data-draft]')).length) {
    for (const row of rows) if (before.has(Number(row.dataset.look))) see(row);
  }
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
onClick('[data-act="check"]', (button) => guarded(button, () => check(button)));
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
keepRemarks();
