// Official terms, offered while an official writes: those that begin, in either language, as the words before the caret
// end. A term is inserted in the field's language. Nothing is chosen beforehand, so Enter stays a new line.
// Loaded with the first letter that is written (compose.js): a page that is only read needs neither this nor the terms.

import { $, announce, api, fill } from './dom.js';

const LONGEST_START = 24;

// The longest end of the text with which terms begin: its length and the terms.
function begunTerms(text, terms) {
  for (let length = Math.min(LONGEST_START, text.length); length > 1; length -= 1) {
    const end = text.slice(-length).toLowerCase();
    const least = /[\u4e00-\u9fff]/.test(end) ? 2 : 4;
    const inWord = /[a-z]\n[a-z]/i.test(`${text.slice(0, -length)}\n${end}`);
    const found = end.trim().length < least || inWord ? []
      : terms.filter((pair) => pair.some((term) => term.toLowerCase().startsWith(end)));
    if (found.length) return [length, found];
  }
  return [0, []];
}

export async function offerTerms(form) {
  const list = $('#c-terms', form);
  if (!list) return;
  let terms = [];
  let composing = false;
  const rows = [...list.children];
  let field = null;
  let length = 0;
  const close = () => {
    list.hidden = true;
    if (field) field.removeAttribute('aria-activedescendant');
  };
  const choose = (row) => {
    for (const each of rows) each.setAttribute('aria-selected', String(each === row));
    if (row) field.setAttribute('aria-activedescendant', row.id);
  };
  const offer = (target) => {
    close();
    field = target;
    const before = field.value.slice(0, field.selectionStart);
    const own = field.lang === 'en' ? 0 : 1;
    const begun = begunTerms(before, terms);
    [length] = begun;
    const typed = before.slice(before.length - length).toLowerCase();
    const found = begun[1].filter((pair) => pair[own].toLowerCase() !== typed);
    if (!found.length) return;
    for (const [n, row] of rows.entries()) {
      row.hidden = !found[n];
      if (row.hidden) continue;
      fill(row, { own: found[n][own], other: found[n][1 - own] });
      [row.children[0].lang, row.children[1].lang] = own ? ['zh-CN', 'en'] : ['en', 'zh-CN'];
    }
    choose(null);
    (field.closest('label') || field).after(list.parentNode);
    list.hidden = false;
    announce(list.dataset.said.replace('{n}', Math.min(found.length, rows.length)));
  };
  // What was typed stays as it is typed, a small letter small.
  const insert = (row) => {
    const caret = field.selectionStart;
    const typed = field.value.slice(caret - length, caret);
    const term = $('[data-f="own"]', row).textContent;
    const same = term.toLowerCase().startsWith(typed.toLowerCase());
    field.setRangeText(same ? typed + term.slice(length) : term, caret - length, caret, 'end');
    field.dispatchEvent(new Event('input', { bubbles: true }));
    close();
  };
  const written = ({ target, isComposing }) => {
    if (target.lang && !isComposing) offer(target);
  };
  form.addEventListener('input', written);
  form.addEventListener('compositionstart', () => {
    composing = true;
  });
  form.addEventListener('compositionend', ({ target }) => {
    composing = false;
    written({ target });
  });
  form.addEventListener('focusout', close);
  form.addEventListener('mousedown', (event) => {
    const row = event.target.closest('#c-terms [role="option"]');
    if (!row) return close();
    // The field keeps the focus.
    event.preventDefault();
    return insert(row);
  });
  form.addEventListener('keydown', (event) => {
    const { key, isComposing, ctrlKey, metaKey, altKey } = event;
    if (list.hidden || isComposing || ctrlKey || metaKey || altKey || key.length === 1 || key === 'Backspace') return;
    const shown = rows.filter(({ hidden }) => !hidden);
    const at = shown.findIndex((row) => row.getAttribute('aria-selected') === 'true');
    if (key === 'ArrowDown') choose(shown[at + 1] || shown[0]);
    else if (key === 'ArrowUp') choose(shown[(at > 0 ? at : shown.length) - 1]);
    else if (key === 'Enter' && at >= 0) insert(shown[at]);
    else {
      close();
      if (key !== 'Escape') return;
    }
    event.preventDefault();
    event.stopPropagation();
  });
  terms = await api(form.dataset.terms).catch(() => []);
  // What was written while the terms were on their way.
  const target = document.activeElement;
  if (form.contains(target) && target.value) written({ target, isComposing: composing });
}
