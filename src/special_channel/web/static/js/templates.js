// Templates: the node words one for the note, and its texts go behind what the fields hold. What is in brackets is a gap
// for the official to fill, and named again before the note is signed.

import { $, $$, api } from './dom.js';

const GAP = /\[[^[\]\n]{1,60}\]|【[^【】\n]{1,60}】/g;

const behind = (text, words) => [text.trimEnd(), words].filter(Boolean).join('\n\n');

// `asked`: the composer's questions; `applications`: of a new thread.
export async function insertTemplate(form, asked, applications) {
  const { template, text, text_tr: translation } = form.elements;
  if (!template.value) {
    template.focus();
    return;
  }
  const { thread = '' } = form.dataset;
  const path = `/api/templates/${encodeURIComponent(template.value)}/use`;
  const words = await api(path, { json: { thread, applications } });
  let field = text;
  if (words.kind === 'question') {
    asked.add({ text: words.text, textTr: words.translation });
    field = $('[name="ask_text"]', asked.rows.pop());
  } else {
    text.value = behind(text.value, words.text);
    translation.value = behind(translation.value, words.translation);
  }
  const from = field.value.length - words.text.length;
  const [gap] = words.text.match(GAP) || [];
  field.focus();
  if (gap) field.setSelectionRange(from + words.text.indexOf(gap), from + words.text.indexOf(gap) + gap.length);
  field.dispatchEvent(new Event('input', { bubbles: true }));
}

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
