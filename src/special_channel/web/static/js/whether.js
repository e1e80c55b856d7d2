// The open questions to us that a note answers: those ticked in the composer, and a question about each other one before
// the note is signed, whether it answers that too. Nothing is chosen beforehand: either answer loses something.

import { $, $$, page, put, say } from './dom.js';

// As a draft names a question.
const asTick = ({ dataset: { note }, value }) => `${note} ${value}`;

export class Answered {
  constructor(form, changed) {
    // Questions that the official leaves open with this note: asked about once.
    // `beyond`: what the draft has ticked: the form may not offer all of it.
    Object.assign(this, { form, changed, left: new Set(), beyond: [] });
  }

  get boxes() {
    return $$('[name="answer"]', this.form);
  }

  get ticked() {
    return this.boxes.filter(({ checked }) => checked);
  }

  // Those that the note does not answer as it is.
  get open() {
    return this.boxes.filter(({ checked, disabled }) => !checked && !disabled);
  }

  tick(number) {
    for (const box of this.open) if (box.dataset.label === number) box.checked = true;
  }

  // As a draft keeps them.
  get kept() {
    const names = this.boxes.map(asTick);
    return [...this.ticked.map(asTick), ...this.beyond.filter((name) => !names.includes(name))];
  }

  restore(kept = []) {
    for (const box of this.boxes) if (kept.includes(asTick(box))) box.checked = true;
    this.beyond = kept;
  }

  // As a note states them.
  get stated() {
    const byNote = new Map();
    for (const { dataset: { note }, value } of this.ticked) byNote.set(note, [...(byNote.get(note) || []), value]);
    return [...byNote].map(([id, q]) => ({ id, q }));
  }

  get words() {
    return this.ticked.map(({ dataset }) => dataset.question || dataset.label).join('\n');
  }

  // The form is named by what it answers.
  entitle() {
    const names = this.ticked.map(({ dataset }) => dataset.question || dataset.label);
    const questions = new Intl.ListFormat(page().lang).format(names);
    put(this.form, 'answers-to', names.length ? say('answers-to', { questions }) : '');
    for (const plain of $$('[data-f="plain"]', this.form)) plain.hidden = names.length > 0;
  }

  get openWords() {
    const more = $$('[data-live="unlisted"] a', this.form).map(({ textContent }) => textContent);
    return [...this.open.map(({ dataset }) => say('stays-open', dataset)), ...more].join('\n');
  }

  // The question whose date comes within so many seconds; a date that has passed waits as well as any.
  dueWithin(seconds) {
    return this.ticked.find(({ dataset: { due } }) => {
      const ahead = Date.parse(due) - Date.now();
      return ahead > 0 && ahead < seconds * 1000;
    });
  }

  // False if the official goes back to the text.
  async settle() {
    const dialog = $('#open-question');
    const asked = dialog ? this.open.filter((box) => !this.left.has(box)) : [];
    for (const [n, box] of asked.entries()) {
      const { askWhether } = await import('./ask.js');
      const answer = await askWhether(dialog, box, n + 1, asked.length);
      if (!answer) return false;
      box.checked = answer === 'yes';
      if (!box.checked) this.left.add(box);
      this.changed();
    }
    return true;
  }

  sent() {
    for (const box of this.ticked) {
      box.checked = false;
      box.disabled = true;
    }
    this.beyond = [];
    this.left.clear();
  }
}
