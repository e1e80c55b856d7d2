// Which paragraphs and questions of a note lack a translation: said below the fields, and again before the note is
// signed. Neither keeps the official from sending it.

import { $, page, shownRows } from './dom.js';
import { paragraphs } from './parts.js';

export const listed = (words) => words.join(page().lang === 'en' ? ', ' : '、');

// In the note's order, a translation beginning with the first paragraph; '' where nothing lacks.
export function untranslated(form) {
  const box = $('[data-lacks]', form);
  if (!box) return '';
  const { lacks, paragraph, question } = box.dataset;
  const count = (name) => paragraphs(form.elements[name].value).length;
  const places = [];
  for (let n = count('text_tr') + 1; n <= count('text'); n += 1) places.push(paragraph.replace('{n}', n));
  for (const [n, row] of shownRows($('[data-slot="asks"]', form)).entries()) {
    const written = (name) => $(`[name="${name}"]`, row).value.trim();
    if (written('ask_text') && !written('ask_text_tr')) places.push(question.replace('{n}', n + 1));
  }
  return places.length ? lacks.replace('{places}', listed(places)) : '';
}

export function showUntranslated(form) {
  const box = $('[data-lacks]', form);
  if (!box) return;
  box.textContent = untranslated(form);
  box.hidden = !box.textContent;
}
