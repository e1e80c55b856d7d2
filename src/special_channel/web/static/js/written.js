// Forms whose fields become entries: a meeting with its points, a mark with words of its own. Each
// `[data-kind]` of a `form[data-write]` is one, or one for each of its `data-threads`; those whose words are empty
// are left out unless they may be silent, and all name the form's `data-ref`, else the first of them. What is half
// written is kept as one draft for all forms of a page.
// A form with `[data-add]` grows: by that button, and for a draft that has more regions than the page. Loaded on
// the pages of meetings and of acts about a note alone, with all of main.js.

import { Draft } from './draft.js';
import { $, $$, guarded, local, onward, page, problem, showProblem } from './dom.js';
import {} from './main.js';
import { releaseOf, showTo } from './release.js';
import { nameDraft, signDraft } from './sign.js';

// A field with `data-one` is one paragraph, as the paragraph that it translates.
const wordsOf = (box, which) => $$(`[data-text="${which}"]`, box)
  .map(({ value, dataset }) => (dataset.one === undefined ? value : value.trim().replace(/\n\s*\n/g, '\n')))
  .join('\n\n').trim();
const isSent = (box) => !box.dataset.k || box.dataset.mayBeSilent !== undefined || wordsOf(box, 'own');

function entryOf(box, ref, thread) {
  const { kind, k, lang, trLang, log } = box.dataset;
  const text = wordsOf(box, 'own');
  const body = {};
  for (const { name, value, type, checked } of $$('[name]', box)) {
    if (type !== 'checkbox') body[name] = value || undefined;
    else if (checked) body[name] = [...(body[name] || []), JSON.parse(value)];
  }
  const translation = { lang: trLang, text: wordsOf(box, 'tr') };
  return { make: 'written', kind, log, ref, thread, lang, body, k: text ? k : undefined, text, translation };
}

const entriesOf = (box, ref, thread) =>
  (box.dataset.threads || '').split(' ').map((each) => entryOf(box, ref, each || thread));

const fieldsOf = (form) => $$('[name], [data-text]', form);
const formName = ({ dataset }) => dataset.ref || 'new';
const actName = (form) => `words ${formName(form)}`;
const isTicked = ({ type, checked }) => type === 'checkbox' && checked;
const isTouched = (field) => isTicked(field) || (field.defaultValue !== undefined
  && field.type !== 'checkbox' && field.value !== field.defaultValue);

// By the entry that a form is about: its fields' values in their order, where somebody touched any.
const halfWritten = (forms) => Object.fromEntries(forms.filter((form) => fieldsOf(form).some(isTouched))
  .map((form) => [formName(form), fieldsOf(form).map((field) =>
    (field.type === 'checkbox' ? String(field.checked) : field.value))]));

// One region more like the last, empty, its number one higher.
function another(form) {
  const last = $$('[data-kind]', form).pop();
  const added = last.cloneNode(true);
  for (const field of fieldsOf(added)) if (field.defaultValue !== undefined) field.value = field.defaultValue;
  const legend = $('legend', added);
  legend.textContent = legend.textContent.replace(/\d+/, (n) => Number(n) + 1);
  last.after(added);
  return added;
}

function restore(form, values) {
  if ($('[data-add]', form)) while (fieldsOf(form).length < values.length) another(form);
  for (const [n, field] of fieldsOf(form).entries()) {
    if (field.type === 'checkbox') field.checked = values[n] === 'true';
    else field.value = values[n] || '';
    if (!field.dataset.text || !field.value) continue;
    for (let box = field.closest('details'); box; box = box.parentElement.closest('details')) box.open = true;
  }
}

// Whether a second official gets it hangs on which regions have words; an empty form is as the page has it.
function showRelease(form) {
  const sent = $$('[data-kind]', form).filter(isSent);
  if (sent.length) showTo(form, releaseOf(sent.map(({ dataset }) => dataset)));
}

// What the dialog says of the fields, in their order: a choice as it reads, and what was written.
const toldOf = (form) => $$('[data-told]', form).map(({ dataset: { told }, value, selectedOptions: [choice] = [] }) => {
  const words = value && (choice ? choice.text : value).trim();
  return words === undefined ? told : words && told.replace('{words}', () => words);
}).filter(Boolean).join('\n');

async function sendForm(form, draft) {
  const { what, next, ref, thread } = form.dataset;
  const boxes = $$('[data-kind]', form).filter(isSent);
  if (!boxes.length) throw problem('text-empty');
  nameDraft(actName(form), async () => ({
    steps: [{ entries: boxes.flatMap((box, n) => entriesOf(box, ref || (n ? 'first' : undefined), thread)) }],
    shown: { what, notices: toldOf(form) },
    ask: true,
  }));
  const done = await signDraft(actName(form));
  if (!done) return;
  const { waits } = done;
  form.reset();
  if (draft) await draft.save();
  if (waits) {
    window.location.assign(onward(waits, next));
    return;
  }
  // The address may differ in its fragment alone, which would not load the page again.
  window.history.replaceState(null, '', local(next));
  window.location.reload();
}

async function bindForms() {
  const forms = $$('form[data-write]');
  const show = (held) => {
    for (const form of forms) if (held[formName(form)]) restore(form, held[formName(form)]);
  };
  // What is half written about points that stand on other pages of a long meeting.
  let beyond = {};
  const keep = (held) => {
    const here = new Set(forms.map(formName));
    beyond = Object.fromEntries(Object.entries(held || {}).filter(([name]) => !here.has(name)));
    return held;
  };
  const collect = () => {
    // What another window has written about other points stays as it is there.
    if (draft.other) keep(draft.other.fields);
    return { ...beyond, ...halfWritten(forms) };
  };
  const draft = page().draft && new Draft(document.body, collect, (held) => {
    for (const form of forms) form.reset();
    show(keep(held));
  });
  const long = $('form[data-texts]');
  const whole = long ? import('./whole.js').then(({ makeWhole }) => makeWhole()) : Promise.resolve();
  for (const form of forms) {
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      guarded($('[type="submit"]', form), () => whole.then(() => sendForm(form, draft)));
    });
    form.addEventListener('input', () => {
      if (draft) draft.touch();
      showRelease(form);
    });
    const add = $('[data-add]', form);
    if (add) add.addEventListener('click', () => fieldsOf(another(form))[0].focus());
  }
  // Nothing half written is put into half a form.
  if (long) await whole;
  // Who types meanwhile is saved after this.
  if (draft) draft.done = draft.load().then(keep);
  const held = draft && await draft.done;
  if (held) show(held);
  forms.forEach(showRelease);
}

if (page().key) bindForms().catch(showProblem);
