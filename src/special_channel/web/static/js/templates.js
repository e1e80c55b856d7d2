// Gaps in texts of templates: what is in brackets is for the official to fill, and named again before the note is signed.

import { $, $$ } from './dom.js';

export const GAP = /\[[^[\]\n]{1,60}\]|【[^【】\n]{1,60}】/g;

const numberGaps = (form) => $('[data-gaps]', form).dataset.numberGaps.match(GAP);

// A text with the gaps of an application's number filled.
export const withNumber = (form, text, number) =>
  numberGaps(form).reduce((words, gap) => words.split(gap).join(number), text);

// The gaps that are left in what is to be signed, in words; not those that `each` thread fills.
export function gapsLeft(form, each) {
  const box = $('[data-gaps]', form);
  const fields = $$('#compose textarea, #compose .line');
  const gaps = [...new Set(fields.flatMap(({ value }) => value.match(GAP) || []))]
    .filter((gap) => !each || !numberGaps(form).includes(gap));
  return box && gaps.length ? box.dataset.gaps.replace('{gaps}', gaps.join(' ')) : '';
}
