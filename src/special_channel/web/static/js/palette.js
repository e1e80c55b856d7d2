// The palette of acts and places, which Ctrl+K opens: links of the menus, and links and buttons of the page. It follows the
// very element that it names, so it does nothing that the page does not offer; other words are searched for.

import { $, $$, addRow, page, put, say, shownRows } from './dom.js';

const MOST_CHOICES = 12;
// In the order in which they are offered. A link that is no button is an act by `data-offer`, with more words that find it.
const CHOICES = [
  '.side a[data-nav]',
  'main a.btn, main a[data-offer], main button',
  '.pop a, .pop button, .lang [aria-pressed="false"]',
];
// Of a name: a count of what waits, a key, and what nobody hears.
const OMITTED = '.n, kbd, [hidden], [aria-hidden="true"]';

const inMenu = (el) => el.closest('.pop, .side, .lang');
// Chromium 90 has no checkVisibility(): there, what takes no room is not seen.
const seen = (el) => (el.checkVisibility ? el.checkVisibility({ checkVisibilityCSS: true, visibilityProperty: true })
  : el.getClientRects().length > 0);
// What is in a menu is offered while the menu is closed. A page's own link comes instead of the menu's of that name.
const isOffered = (el) => !el.disabled
  && !(el.matches('.side a') && $(`main [data-nav="${el.dataset.nav}"]`))
  && (inMenu(el) ? !el.hidden : seen(el));
const isShown = (el) => inMenu(el) || seen(el);
const isNamed = (el) => !el.matches(OMITTED) && isShown(el);
// The texts of an element, as far as they show.
const textsOf = (el) => [...el.childNodes].flatMap((node) => {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  return node.nodeType === Node.ELEMENT_NODE && isNamed(node) ? textsOf(node) : '';
});
const choiceName = (el) => (el.getAttribute('aria-label') || textsOf(el).join('')).trim().replace(/\s+/g, ' ');

// Each choice once: a place that two menus lead to has one row.
function choicesOf() {
  const choices = new Map();
  for (const el of CHOICES.flatMap((selector) => $$(selector)).filter(isOffered)) {
    const name = choiceName(el);
    const place = el.href ? `${name} ${el.href}` : el;
    const key = page().shortcuts === 'off' ? null : [...el.querySelectorAll('kbd')].find(isShown);
    const found = `${name} ${el.dataset.offer || ''}`.toLowerCase();
    if (name && !choices.has(place)) choices.set(place, { name, found, el, key: key ? key.textContent : '' });
  }
  return [...choices.values()];
}

function choicesFor(typed, choices) {
  const words = typed.toLowerCase().split(/\s+/);
  return choices.filter(({ found }) => words.every((word) => found.includes(word)));
}

export function openPalette() {
  const dialog = $('#palette');
  if (!dialog || $('dialog[open]')) return;
  const choices = choicesOf();
  const [input, list] = $('form', dialog).children;
  const searching = $('[data-act="palette-search"]', dialog);
  const search = () => window.location.assign(`/search?q=${encodeURIComponent(input.value.trim())}`);
  const draw = () => {
    const words = input.value.trim();
    const matching = choicesFor(words, choices);
    const shown = matching.slice(0, MOST_CHOICES);
    for (const row of shownRows(list)) row.remove();
    for (const { name, el, key } of shown) {
      const button = $('button', addRow(list));
      button.textContent = name;
      button.dataset.key = key;
      button.onclick = () => {
        dialog.close();
        el.click();
      };
    }
    put(dialog, 'search', words && say('palette-search', { words }));
    put(dialog, 'count', say('palette-count', { shown: shown.length, count: matching.length }));
  };
  input.oninput = draw;
  dialog.onkeydown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    // An input method moves in its own list with these keys, and Escape ends what it composes.
    if (event.isComposing || event.keyCode === 229 || !(step || event.key === 'Escape')) return;
    event.preventDefault();
    // At once: a field for a search would be emptied first.
    if (!step) {
      dialog.close();
      return;
    }
    const places = [input, ...$$('button', dialog)].filter(seen);
    const next = places.indexOf(document.activeElement) + step;
    places[Math.max(0, Math.min(places.length - 1, next))].focus();
  };
  // Enter in the field: the only choice, else a search for the words.
  input.form.onsubmit = (event) => {
    event.preventDefault();
    const rows = shownRows(list);
    if (rows.length === 1) $('button', rows[0]).click();
    else if (input.value.trim()) search();
  };
  searching.onclick = search;
  input.value = '';
  draw();
  dialog.showModal();
}
