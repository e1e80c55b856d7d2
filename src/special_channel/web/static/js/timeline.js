// Keeps an open page up to date. After an event the page asks the node for one document of what it lacks:
// entries as a reload would show them, which are inserted and checked like any other, and regions, which
// regions.js brings up to date. Builds no entry and says nothing of its own about one.

import { $, $$, announce, documentOf, emit, page, say } from './dom.js';
import { enableButtons, renewRegions } from './regions.js';
import { expectEntry, verifyElements } from './verify.js';

const FIRST_RETRY = 1000;
const LONGEST_RETRY = 30000;
// More new entries than this at once are counted, not named.
const READ_OUT = 3;
// A file that hasn't arrived at the node: no event tells of its arrival.
const EXPECTED = '[data-timeline] [data-absent="missing"]';
const UNDELIVERED = ['signed', 'stored'];

// Up to where the page is current: a cursor of the live stream.
let after = '';
// Entries that were announced and are being fetched and checked while their document is on its way.
let checks = [];
let stale = false;
let running = null;
let delay = FIRST_RETRY;
let retry = 0;

const byId = (id) => document.getElementById(id);

// Inserts what the page lacks where a reload would show it. Backwards: an item may stand before another new one.
function insertArrivals(made) {
  const list = $('[data-timeline]');
  const inserted = [];
  for (const place of list ? $$('[data-before]', made).reverse() : []) {
    const item = place.firstElementChild;
    if (byId(item.id)) continue;
    const next = byId(place.dataset.before);
    if (next && next.parentNode === list) next.before(item);
    else list.append(item);
    inserted.unshift(item);
  }
  return inserted;
}

// The composer is never rewritten: questions that it does not offer yet are added to its list.
function offerQuestions(made) {
  const list = $('[data-slot="answers"]');
  const fresh = $('[data-slot="answers"]', made);
  if (!list || !fresh) return;
  for (const label of $$('label', fresh)) {
    const { value, dataset } = $('input', label);
    if (!$(`input[data-note="${dataset.note}"][value="${value}"]`, list)) list.append(label);
  }
  list.hidden = !$('label', list);
}

function tell(items) {
  // Said once more of what this page has sent: the first time is cut off by the arrival.
  const words = items.map(({ dataset: { by, position, proof } }) =>
    [say(by === page().key ? 'sent' : 'new-entry', { position }), proof === 'ok' ? say('checked', { position }) : '']
      .filter(Boolean).join(' '));
  announce(items.length > READ_OUT ? say('new-entries', { count: items.length }) : words.join(' '));
  for (const { dataset: { entryId: id, position, kind, unread } } of items) {
    if (unread !== undefined) emit('arrived', { id, position, kind });
  }
}

async function renewPage() {
  const { pathname, search } = window.location;
  const query = new URLSearchParams(search);
  // Of a long thread, the part that this page shows; of heavy notes, how much of their texts.
  const place = { ...page(), ...($('[data-timeline]') || {}).dataset };
  if (after) place.after = after;
  for (const name of ['lang', 'after', 'first', 'last', 'limit']) if (place[name]) query.set(name, place[name]);
  const arriving = checks;
  checks = [];
  const [made] = await Promise.all([documentOf(`${pathname}/now?${query}`), ...arriving]);
  if (!made) return false;
  after = made.body.dataset.after || after;
  await enableButtons(made);
  // An item of our side alone, and a damaged one, has no signed bytes here to compare with.
  const arrived = insertArrivals(made).filter(({ dataset }) => dataset.entryId);
  await verifyElements(arrived.flatMap((item) => [item, ...$$('[data-entry-id]', item)]));
  tell(arrived);
  offerQuestions(made);
  await renewRegions(made);
  return true;
}

async function catchUp() {
  while (stale) {
    stale = false;
    clearTimeout(retry);
    // Nothing is lost by a failure: the next document has all that came since the last one.
    if ((await renewPage().catch(() => false)) && !$(EXPECTED)) delay = FIRST_RETRY;
    else {
      retry = setTimeout(pageMoved, delay);
      delay = Math.min(2 * delay, LONGEST_RETRY);
    }
  }
  running = null;
}

// One document at a time. What comes while one is on its way is in the next one, however much it is.
export function pageMoved() {
  if (page().regions === undefined) return null;
  stale = true;
  running = running || catchUp();
  return running;
}

export const awaitFiles = () => $(EXPECTED) && pageMoved();

export function entryCame(id) {
  checks.push(expectEntry(id));
  return pageMoved();
}

// Only where a stage on this page is reached by it, or while the entry may still be on its way.
export function deliveredUpTo(party, size) {
  const reached = ({ dataset: { position } }) => {
    const [side, index] = position.toLowerCase().split('-');
    return side === party && Number(index) < size;
  };
  const waits = (el) => $$('[data-stage]', el).some(({ dataset }) => UNDELIVERED.includes(dataset.stage));
  if (running || $$('[data-timeline] > [data-position]').some((el) => reached(el) && waits(el))) pageMoved();
}
