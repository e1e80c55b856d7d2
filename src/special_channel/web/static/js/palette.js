// The palette of acts and places, which Ctrl+K opens: links of the menu, and links and buttons of the page. It follows the
// very element that it names, so it does nothing that the page does not offer; other words are searched for.

import { $, $$, addRow, shownRows } from './dom.js';

const MOST_CHOICES = 12;
const CHOICES = '.side a[data-nav], .pop a, main a.btn, main button';

// What is in a menu is offered while the menu is closed. A page's own link comes instead of the menu's of that name.
const isOffered = (el) => !el.disabled
  && !(el.matches('.side a') && $(`main [data-nav="${el.dataset.nav}"]`))
  && (el.closest('.pop, .side') ? !el.hidden : el.getClientRects().length > 0);
// Without what waits there.
const nameOf = (el) => [...el.childNodes].filter(({ classList }) => !classList || !classList.contains('n'))
  .map(({ textContent }) => textContent).join('');
const choiceName = (el) => (el.getAttribute('aria-label') || nameOf(el)).trim().replace(/\s+/g, ' ');

function choicesFor(typed, choices) {
  const words = typed.toLowerCase().split(/\s+/);
  return choices.filter(([name]) => words.every((word) => name.toLowerCase().includes(word))).slice(0, MOST_CHOICES);
}

export function openPalette() {
  const dialog = $('#palette');
  if (!dialog || $('dialog[open]')) return;
  const choices = $$(CHOICES).filter(isOffered).map((el) => [choiceName(el), el]).filter(([name]) => name);
  const [input, list] = $('form', dialog).children;
  const draw = () => {
    for (const row of shownRows(list)) row.remove();
    for (const [name, el] of choicesFor(input.value, choices)) {
      const button = $('button', addRow(list));
      button.textContent = name;
      button.onclick = () => {
        dialog.close();
        el.click();
      };
    }
  };
  input.oninput = draw;
  dialog.onkeydown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    // An input method moves in its own list with these keys.
    if (!step || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    const places = [input, ...shownRows(list).map((row) => $('button', row))];
    const next = places.indexOf(document.activeElement) + step;
    places[Math.max(0, Math.min(places.length - 1, next))].focus();
  };
  // Enter in the field: the only choice, else a search for the words.
  input.form.onsubmit = (event) => {
    event.preventDefault();
    const rows = shownRows(list);
    if (rows.length === 1) $('button', rows[0]).click();
    else if (input.value.trim()) window.location.assign(`/search?q=${encodeURIComponent(input.value.trim())}`);
  };
  input.value = '';
  draw();
  dialog.showModal();
}
