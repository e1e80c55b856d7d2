// Live entries on a thread's page: made from empty copies and the bytes that were checked, added at the
// end; stages of own notes updated in place. Nothing that stands already is moved or rewritten; what the page
// says beside them is for regions.js.

import { $, $$, announce, api, clone, emit, fill, page, say } from './dom.js';
import { renewRegions } from './regions.js';
import { checkedEntry, translated, verifyElement } from './verify.js';

const STAGES = ['signed', 'stored', 'delivered', 'acknowledged', 'answered'];
const NOTES = /^note\.(posted|corrected|translated)$/;
// Characters of a question beside its number, as on the page that the node makes.
const EXCERPT = 160;
const under = new Map();

const elementOf = (id) => $(`[data-timeline] [data-entry-id="${id}"]`);

function stage(el, name, position) {
  for (const place of $$('[data-stage]', el)) {
    if (STAGES.indexOf(name) <= STAGES.indexOf(place.dataset.stage)) continue;
    place.dataset.stage = name;
    place.textContent = say(`stage-${name}`, { position });
    place.hidden = false;
    stale = true;
  }
}

// One thing at a time and in the order of arrival. Once all is in place, the rest of the page follows.
let queue = Promise.resolve();
let behind = 0;
let stale = false;
function inTurn(work, failed) {
  behind += 1;
  queue = queue.then(work).catch(failed).then(() => {
    behind -= 1;
    if (behind || !stale) return null;
    stale = false;
    return renewRegions();
  });
  return queue;
}

// Something came that the page says beside its entries: a step of the own side, what it alone sees, a charter.
export const regionsMoved = () => inTurn(() => {
  stale = true;
});

// After the entries that came before it: one that is still being fetched has its stage told only once.
export function deliveredUpTo(party, size) {
  inTurn(() => {
    for (const el of $$('[data-timeline] [data-position]')) {
      const [side, index] = el.dataset.position.toLowerCase().split('-');
      if (side === party && Number(index) < size) stage(el, 'delivered', el.dataset.position);
    }
  });
}

function partElement({ role, text, name, len, sha256 }, n) {
  const el = clone(role === 'file' ? 'tpl-file' : 'tpl-part');
  el.dataset.part = n;
  if (role !== 'file') {
    el.textContent = text;
    return el;
  }
  fill(el, { name, size: `${Math.ceil(len / 1024)} KB` });
  Object.assign(el, { href: `/api/files/${sha256}`, download: name });
  const item = document.createElement('li');
  item.append(el);
  return item;
}

function fillParts(el, checked) {
  const slot = (name) => $(`[data-slot="${name}"]`, el);
  const { entry, parts } = checked;
  const translations = translated(checked);
  const places = { original: slot('original'), translation: slot('translation'), files: slot('files') };
  parts.forEach((part, n) => {
    if (!part || part.role === 'data') return;
    const place = part.role === 'file' ? places.files : places[translations.has(n) ? 'translation' : 'original'];
    place.append(partElement(part, n));
  });
  places.original.lang = entry.lang;
  if (entry.body.translation) places.translation.lang = entry.body.translation.lang;
  for (const place of Object.values(places)) {
    if (place.childElementCount) continue;
    const frame = place.closest('.tr, .or') || place;
    frame.hidden = true;
    const pair = frame.closest('.pair');
    if (pair) pair.classList.add('one');
  }
}

// The paragraph that asks, from its signed bytes, in the reader's language where it is translated alike; its
// start, as the node shows it.
function question(checked, place) {
  const { entry, parts } = checked;
  const translations = translated(checked);
  const worded = ({ k }) => k === 'text' || k === 'subject';
  const words = (of) => [...entry.parts.keys()].filter((n) => worded(entry.parts[n]) && translations.has(n) === of);
  const [original, other] = [words(false), words(true)];
  const chinese = (lang) => /^zh/i.test(lang);
  const read = other.length === original.length && chinese(entry.lang) !== chinese(page().lang);
  const part = parts[(read ? other : original)[Math.max(0, original.indexOf(place))]];
  const text = part ? part.text.replace(/\n/g, ' ') : '';
  const start = text.length > EXCERPT ? `${text.slice(0, EXCERPT - 1).trimEnd()}…` : text;
  return { text: start, lang: read ? entry.body.translation.lang : entry.lang };
}

// A question that arrived can be ticked off in the note that is being written.
function offerAnswer(note, q, facts, { text, lang }) {
  const list = $('[data-slot="answers"]');
  const label = list && clone('tpl-answer');
  if (!label) return;
  const box = $('input', label);
  Object.assign(box.dataset, { note, label: facts.q });
  box.value = q;
  fill(label, { ...facts, text });
  for (const said of $$('[data-f="text"]', label)) said.lang = lang;
  list.append(label);
  list.hidden = false;
}

function fillAsks(el, checked, words) {
  const { entry, position, id } = checked;
  const place = $('[data-slot="asks"]', el);
  for (const { q, who, due, part } of entry.asks || []) {
    const row = clone('tpl-ask');
    row.dataset.ask = q;
    $('time[data-due]', row).setAttribute('datetime', due);
    const facts = { q: `${position} Q${q}`, who: say(`side-${who}`), due, ...words[q] };
    fill(row, facts);
    place.append(row);
    if (who === page().party) offerAnswer(id, q, facts, question(checked, part));
  }
  place.hidden = !place.childElementCount;
}

function build(checked, view, kind) {
  const { id, position, entry, leaf } = checked;
  const note = NOTES.test(kind) && entry && entry.parts && checked.parts;
  const el = clone(note ? 'tpl-entry' : 'tpl-event');
  if (!el) return null;
  const party = position.slice(0, 2).toLowerCase();
  Object.assign(el.dataset, { entryId: id, position, kind });
  for (const each of $$('[data-live]', el)) each.dataset.live = position;
  el.id = position;
  fill(el, {
    position, title: position, seal_party: position.slice(0, 2), seal: position.slice(3),
    side: say(`side-${party}`) || party.toUpperCase(), text: kind,
    role: entry && entry.by, ...view.fields,
  });
  for (const chip of $$('[data-f="side"]', el)) chip.classList.add(party);
  const time = $('time[data-t="accepted"]', el);
  if (time && leaf) time.setAttribute('datetime', leaf.accepted);
  if (entry) el.dataset.by = entry.by;
  const ackn = $('[data-sign]', el);
  if (ackn) Object.assign(ackn.dataset, { ref: id, thread: page().thread });
  if (note) {
    fillParts(el, checked);
    fillAsks(el, checked, view.asks || {});
  } else el.dataset.excerpt = '';
  if (party === page().party) {
    delete el.dataset.unread;
    for (const each of $$('.unread', el)) each.classList.remove('unread');
    stage(el, 'stored', position);
  } else for (const place of $$('[data-stage]', el)) place.hidden = true;
  return el;
}

// What a checked entry says about others on this page.
function effects({ entry, position }) {
  if (entry.kind === 'note.acknowledged') {
    const el = elementOf(entry.ref);
    if (el) stage(el, 'acknowledged', position);
  }
  for (const { id } of entry.answers || []) {
    const el = elementOf(id);
    if (el) stage(el, 'answered', position);
  }
}

async function add({ id, position, kind }) {
  const list = $('[data-timeline]');
  if (!list) return;
  if (elementOf(id)) {
    // Rendered with the page; what it says of others may have been read a moment earlier.
    const there = await checkedEntry(id);
    if (there.state === 'ok') effects(there);
    return;
  }
  const view = await api(`/api/entries/${id}/view?lang=${page().lang}`).catch(() => ({}));
  const checked = await checkedEntry(id, view.entry);
  const el = build({ position, ...checked }, view, kind);
  if (!el) return;
  const end = $('[data-timeline-end]', list);
  if (end) end.before(el);
  else list.append(el);
  stale = true;
  const { state } = await verifyElement(el);
  if (state === 'ok') effects(checked);
  announce([say('new-entry', { position }), state === 'ok' ? say('checked', { position }) : ''].filter(Boolean).join(' '));
  if (el.dataset.unread !== undefined) {
    emit('arrived', { id, position, kind });
  }
}

// Each once.
export function addEntry(event) {
  if (!under.has(event.id)) under.set(event.id, inTurn(() => add(event), () => under.delete(event.id)));
  return under.get(event.id);
}
