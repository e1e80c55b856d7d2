// The question whether a note answers an open question, too. Loaded where a note leaves one open.

import { $, fill, say } from './dom.js';

// Resolves to 'yes' or 'no', or to '' if the official goes back to the text. `box` is the question's in the composer.
export function askWhether(dialog, box, n, count) {
  const form = $('form', dialog);
  const go = $('[type="submit"]', form);
  const { question, said } = box.dataset;
  form.reset();
  go.disabled = true;
  const { textContent: words, lang } = $('[data-words] [lang]', box.parentElement);
  fill(dialog, { title: say('does-answer', { question }), words, said, count: say('count-of', { n, count }) });
  $('[data-f="words"]', dialog).lang = lang;
  dialog.returnValue = '';
  form.onchange = () => {
    go.disabled = false;
  };
  $('[data-act="cancel"]', dialog).onclick = () => dialog.close();
  return new Promise((resolve) => {
    dialog.onclose = () => resolve(dialog.returnValue && form.elements.whether.value);
    dialog.showModal();
  });
}
