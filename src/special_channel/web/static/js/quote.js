// Puts a quotation into the note that is being written. Loaded once somebody quotes.

import { $, documentOf, problem } from './dom.js';

// The node words the quotation, for the address that opens it without the script as well.
async function wordsOfLink(link) {
  const made = await documentOf(link.href);
  const form = made && $('#compose', made);
  if (!form) throw problem('network');
  link.closest('details').open = false;
  return form.dataset.quote;
}

// Behind what is written already, once, with the caret after it. `quoted`: the words, or the link that opens them.
export async function quote(composer, quoted) {
  const words = quoted.href ? await wordsOfLink(quoted) : quoted;
  if (!words) return;
  const { text } = composer.form.elements;
  if (!text.value.includes(words)) text.value = `${[text.value.trimEnd(), words].filter(Boolean).join('\n\n')}\n\n`;
  text.focus();
  text.setSelectionRange(text.value.length, text.value.length);
  text.scrollTop = text.scrollHeight;
  composer.touched();
}
