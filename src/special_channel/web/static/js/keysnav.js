// The keyboard. Single keys only while no field has the focus; each has a visible control that does
// the same; none sends, deletes or discards.

import { $, $$, page } from './dom.js';
import { verifyAgain } from './verify.js';

const ROWS = '[data-row], [data-timeline] > [data-entry-id]';
// Pages by the key after G; each by its exact name: deadlines and differences both begin with D. A page's own link, such
// as a new thread on its list, comes before the menu's.
const PLACES = { b: 'batches', d: 'deadlines', i: 'inbox', n: 'new-thread', t: 'threads' };
let going = 0;

const typing = (target) => target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
const visible = (el) => el.getClientRects().length > 0;
const when = (found, work) => {
  if (found) work(found);
  return Boolean(found);
};
const click = (selector, root) => when($(selector, root), (el) => el.click());

// A key that the page gives to one of its links or buttons, before the keys of all pages.
const hot = (name) => /^\w+$/.test(name) && when($$(`[data-hot="${name}"]`).find(visible), (el) => el.click());

function focusRow(row) {
  const target = row.hasAttribute('tabindex') ? row : $('a[href], button', row) || row;
  target.focus();
  row.scrollIntoView({ block: 'nearest' });
}

function move(step, fits = () => true) {
  const rows = $$(ROWS).filter(visible);
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = step > 0 ? rows.slice(at + 1).find(fits) : rows.slice(0, Math.max(at, 0)).reverse().find(fits);
  return when(next, focusRow);
}

const row = () => document.activeElement.closest(ROWS);

function openRemark(remark) {
  remark.open = true;
  $('textarea', remark).focus();
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  n: () => move(1, (each) => each.dataset.unread !== undefined),
  Enter: () => row() === document.activeElement && click('a[href]', row()),
  e: () => row() && click('[data-act="unread"]', row()),
  s: () => click('[data-act="assign"]'),
  x: () => row() && click('[name="thread"]', row()),
  r: () => when($('#compose textarea[name="text"]'), (el) => el.focus()),
  o: () => click('[data-view="original"]'),
  b: () => click('[data-view="pair"]') || click('[data-send-back]'),
  m: () => when(row() && $('.rmk', row()), openRemark),
  '[': () => click('[data-queue="previous"]'),
  ']': () => click('[data-queue="next"]'),
  v: () => when(row() && row().dataset.entryId && row(), verifyAgain),
  // A page that shows a part of a list leads to one that prints all of it.
  p: () => click('[data-print-all]') || when(true, () => window.print()),
  '?': () => when($('#keys-help:not([open])'), (help) => help.showModal()),
  '/': () => when($('#find'), (el) => el.focus()),
  g: () => {
    going = Date.now();
    return true;
  },
};

export function onKey(event) {
  const { key, target } = event;
  // An input method takes the key itself while it composes; Safari says so by the code alone.
  if (event.isComposing || event.keyCode === 229) {
    if (key === 'Enter') event.preventDefault();
    return;
  }
  if (key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    const form = target.closest && target.closest('#compose, form[data-write]');
    const back = target.closest && target.closest('#back');
    const bar = back ? $('[data-act="send-back"]:not(:disabled)', back) : $('[data-bar]:not(:disabled)');
    if ($('dialog[open]') || !(form || bar)) return;
    event.preventDefault();
    if (form) form.requestSubmit();
    else bar.click();
    return;
  }
  if (key === 'k' && (event.ctrlKey || event.metaKey) && !event.shiftKey) {
    event.preventDefault();
    import('./palette.js').then(({ openPalette }) => openPalette(), () => {});
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  // A list in the dialog of a signature: chosen by its letter, and signed.
  if (key === 'Enter' && target.matches('#confirm select')) click('#confirm [data-act="sign"]');
  if (typing(target)) {
    if (key === 'Escape') target.blur();
    return;
  }
  if (page().shortcuts === 'off' || $('dialog[open]')) return;
  const name = key.length === 1 ? key.toLowerCase() : key;
  const place = Date.now() - going < 1500 && PLACES[name];
  going = 0;
  // The menu comes before the page.
  const done = place ? when($$(`[data-nav="${place}"]`).pop(), (el) => el.click()) : hot(name) || (KEYS[name] && KEYS[name]());
  if (done) event.preventDefault();
}
