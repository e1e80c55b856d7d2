// Templates: the node words one for the note, and its texts go behind what the fields hold. Loaded once one is chosen.

import { $, api } from './dom.js';
import { GAP } from './templates.js';

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
