// Forms whose fields become entries: a meeting with its points, a mark with words of its own. Each
// `[data-kind]` of a `form[data-write]` is one; those whose words are empty are left out, and all name the
// form's `data-ref`, else the first of them.

import { $, $$, guarded, local, problem } from './dom.js';
import { written } from './payloads.js';
import { author, confirmSigning, factsOf, signAndSend } from './sign.js';

async function entryOf(who, box, ref) {
  const { kind, k, lang, trLang } = box.dataset;
  const words = (which) => $$(`[data-text="${which}"]`, box).map(({ value }) => value).join('').trim();
  if (k && !words('own')) return null;
  const body = {};
  for (const { name, value, type, checked } of $$('[name]', box)) {
    if (type !== 'checkbox') body[name] = value || undefined;
    else if (checked) body[name] = [...(body[name] || []), JSON.parse(value)];
  }
  return written(who, { kind, ref, lang, body }, k, words('own'), { lang: trLang, text: words('tr') });
}

async function sendForm(form) {
  const { row, who } = await author();
  const { what, next } = form.dataset;
  let { ref } = form.dataset;
  const built = [];
  for (const box of $$('[data-kind]', form)) {
    const one = await entryOf(who, box, ref);
    if (one) built.push(one);
    ref = ref || one.id;
  }
  if (!built.length) throw problem('text-empty');
  if (!(await confirmSigning({ ...factsOf(row, built), what }))) return;
  await signAndSend(row, built);
  // The address may differ in its fragment alone, which would not load the page again.
  window.history.replaceState(null, '', local(next));
  window.location.reload();
}

export function bindForms() {
  for (const form of $$('form[data-write]')) {
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      guarded($('[type="submit"]', form), () => sendForm(form));
    });
  }
}
