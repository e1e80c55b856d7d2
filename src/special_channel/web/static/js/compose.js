// The composer: from the form to what is signed. Nothing is sent before the exact bytes could be seen,
// and on any failure the text stays.

import { Answered } from './whether.js';
import { Asked } from './asked.js';
import { entriesOfThread } from './described.js';
import { Draft, markedIn } from './draft.js';
import { $, $$, announce, fill, guarded, onward, page, problem, put, say, shownRows, showProblem } from './dom.js';
import { listed, showUntranslated, untranslated } from './lacks.js';
import { newThread } from './payloads.js';
import { releaseOf, showTo } from './release.js';
import { factsOfDraft, nameDraft, signDraft, signer, tidyOutbox } from './sign.js';
import { gapsLeft } from './templates.js';
import { Uploads } from './uploads.js';

const BIDI = /[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/;

function refuse(code, field) {
  if (field) field.focus();
  throw problem(code);
}

// One window of this browser at a time signs and sends a draft: it may be open in several.
const alone = (name, work) => navigator.locks.request(`sc-send ${name}`, { ifAvailable: true }, (lock) => {
  if (!lock) throw problem('held-elsewhere');
  return work();
});

class Composer {
  constructor(form) {
    this.form = form;
    this.name = form.dataset.draft || form.dataset.compose;
    this.uploads = new Uploads(form, () => this.touched());
    const texts = (fields) => this.texts.map(({ name, defaultValue }) => (fields ? fields[name] || '' : defaultValue));
    this.draft = form.dataset.draft ? new Draft(form, () => this.collect(), (fields) => this.replace(fields), texts) : null;
    this.asked = new Asked(form, () => this.touched());
    this.answered = new Answered(form, () => this.touched());
    // Signed, and not sent: the draft says so until somebody writes on.
    this.held = '';
    // Kept over a failed try, so that what goes again is the same thread; by application where each has its own.
    this.thread = form.dataset.thread || newThread();
    this.threads = {};
  }

  get texts() {
    return ['subject', 'subject_tr', 'text', 'text_tr'].map((name) => this.form.elements[name]).filter(Boolean);
  }

  value(name) {
    const field = this.form.elements[name];
    return field && typeof field.value === 'string' ? field.value : '';
  }

  // Chosen each time, none among the choices: a form that filled it in would decide for who signs.
  mark(chosen) {
    const { marking } = this.form.elements;
    if (marking) marking.value = chosen || '';
  }

  get applications() {
    const fields = $$('[name="application"]', this.form);
    return fields.filter(({ type, checked }) => type === 'hidden' || checked).map(({ value }) => value);
  }

  collect() {
    const fields = {};
    for (const { name, value } of this.texts) fields[name] = value;
    // A choice alone is no draft.
    const chosen = (value) => (this.texts.some((field) => field.value.trim()) ? value : '');
    fields.internal = chosen(this.internal ? 'true' : '');
    fields.marking = chosen(this.value('marking'));
    fields.applications = chosen(this.applications);
    fields.each = chosen(this.value('each'));
    fields.held = this.held;
    fields.asks = this.asked.kept;
    fields.files = this.uploads.files.map((file) => JSON.stringify(file));
    fields.answers = this.answered.kept;
    return fields;
  }

  // The page shows the draft as it was when the page was made; what was typed since then stays.
  restore(fields) {
    for (const field of this.texts) if (field.value === field.defaultValue) field.value = fields[field.name] || '';
    this.keepInside(fields.internal === 'true');
    this.held = this.draft && this.draft.typed ? '' : fields.held || '';
    if (!this.value('marking')) this.mark(fields.marking);
    if (this.form.elements.each && fields.each) this.form.elements.each.value = fields.each;
    for (const ask of fields.asks || []) this.addAsk(JSON.parse(ask));
    for (const file of fields.files || []) this.uploads.add(JSON.parse(file));
    this.answered.restore(fields.answers);
  }

  replace(fields) {
    this.clear();
    for (const field of this.texts) field.value = field.defaultValue;
    for (const box of this.answered.boxes) box.checked = false;
    this.mark('');
    this.restore(fields);
  }

  clear() {
    for (const row of $$('[data-slot="asks"], [data-slot="uploads"]', this.form).flatMap(shownRows)) row.remove();
    this.uploads.files = [];
    this.showRelease();
  }

  addAsk(ask) {
    this.asked.add(ask);
    this.showRelease();
  }

  // Behind what is written already: `quoted`, or what a link opens.
  quote(quoted) {
    return import('./quote.js').then(({ quote }) => quote(this, quoted));
  }

  // What the link on a question does: the note answers it.
  answerTo(number) {
    this.keepInside(false);
    this.answered.tick(number);
    this.form.elements.text.focus();
    this.touched();
  }

  get internal() {
    return this.form.dataset.internal !== undefined;
  }

  get sides() {
    return $$('[data-act="to-peer"], [data-act="keep-inside"]', this.form);
  }

  // Nothing typed goes: what an internal note does not have is hidden, and comes back with the other choice.
  keepInside(on) {
    this.form.toggleAttribute('data-internal', on);
    for (const button of this.sides) button.setAttribute('aria-pressed', (button.dataset.act === 'keep-inside') === on);
    this.showRelease();
  }

  check(asks) {
    const { subject, text } = this.form.elements;
    if (subject && !subject.value.trim()) refuse('text-empty', subject);
    for (const name of ['subject', 'subject_tr']) if (BIDI.test(this.value(name))) refuse('bidi', this.form.elements[name]);
    if (text && !subject && !text.value.trim() && !asks.length) refuse('text-empty', text);
    for (const { row, text: words, due } of asks) {
      if (!words.trim()) refuse('text-empty', $('[name="ask_text"]', row));
      if (!due) refuse('bad-due', $('[name="ask_due"]', row));
      if (Date.parse(due) <= Date.now()) refuse('due-past', $('[name="ask_due"]', row));
    }
    if (this.uploads.pending) refuse('wait-upload');
    if (this.uploads.failed) refuse('upload-again');
  }

  // What is signed, as data: sign.js builds the entries.
  async describe() {
    const title = markedIn(this.collect());
    if (title) throw problem('draft-marked', { title });
    if (this.internal) return this.describeInternal();
    await this.asked.recount();
    const asks = this.asked.all;
    this.check(asks);
    const entries = this.value('each')
      ? this.applications.flatMap((number) => entriesOfThread(this, this.threadOf(number), [number], asks))
      : entriesOfThread(this, this.thread, this.applications, asks);
    return { steps: [{ entries }], shown: this.shown(), marking: this.form.elements.marking && this.value('marking'), ask: true };
  }

  threadOf(number) {
    return (this.threads[number] ||= newThread());
  }

  // For our private log: words in our language, and nothing that the other side is asked or told.
  describeInternal() {
    const { text } = this.form.elements;
    if (!text.value.trim()) refuse('text-empty', text);
    const { lang, private: log } = this.form.dataset;
    const note = { make: 'written', kind: 'note.internal', log, thread: this.thread, lang, body: {} };
    return { steps: [{ entries: [{ ...note, k: 'text', text: text.value }] }], shown: {}, ask: true };
  }

  shown() {
    const near = this.holdOf() && this.answered.dueWithin(this.holdOf());
    const numbers = this.value('each') ? this.applications : [];
    const what = numbers.length ? $('[data-each]', this.form).dataset.each.replace('{n}', numbers.length)
      .replace('{numbers}', listed(numbers)) : '';
    return {
      what,
      open: this.answered.openWords,
      answers: this.answered.words,
      asks: this.asked.words,
      files: this.uploads.files.map(({ name }) => name).join(', '),
      notices: [gapsLeft(this.form, this.value('each')), untranslated(this.form), this.form.dataset.stop,
        near && say('hold-none', near.dataset)].filter(Boolean).join('\n'),
    };
  }

  // Seconds for which the signed note waits in this page; a line stop waits for nothing.
  holdOf() {
    const { stop, hold } = this.form.dataset;
    const stops = stop || this.asked.stops || this.answered.ticked.some(({ dataset }) => dataset.stop !== undefined);
    return this.internal || stops ? 0 : Number(hold || 0);
  }

  // Resolves to true once the note may leave. Until then the draft says that it waits, whatever happens to the page.
  async hold() {
    const seconds = this.holdOf();
    const soon = (rest) => this.answered.dueWithin(rest);
    const waits = seconds && !soon(seconds);
    // Before the draft says that it waits: without the module nothing does.
    const { holdNote } = waits ? await import('./hold.js') : {};
    this.held = waits ? 'true' : '';
    // In the version that the node deletes with the note: a later save would bring back what was sent.
    if (this.draft) await this.draft.save();
    // Another window changed the draft, or sent it: both texts are shown, and nothing is sent.
    if (this.draft && this.draft.other) return this.unhold();
    if (!waits) return true;
    const how = await holdNote(this.form, seconds, { soon, words: this.released === undefined ? 'hold' : 'hold-release' });
    if (how === 'stop') {
      announce(say('hold-stopped'));
      return this.unhold();
    }
    return how === 'send';
  }

  // What was signed is gone; the draft is whole, and no longer one that waits.
  unhold() {
    this.goOn();
    this.touched();
    this.form.elements.text.focus();
    return false;
  }

  goOn() {
    this.held = '';
    put(this.form, 'held', '');
  }

  // What the address asks for, once: a page that is loaded again does not want it again. Its tick alone is no draft.
  async begin() {
    const { quote } = this.form.dataset;
    if (quote) await this.quote(quote);
    if ($('[name="answer"][checked]', this.form)) this.keepInside(false);
    const url = new URL(window.location);
    for (const name of ['quote', 'answer']) url.searchParams.delete(name);
    window.history.replaceState(window.history.state, '', url);
  }

  offer() {
    const { name, draft } = this;
    nameDraft(name, () => this.describe(), {}, {
      hold: () => this.hold(),
      draft: () => draft && draft.handOver(),
      chosen: (chosen) => {
        this.mark(chosen);
        if (draft) draft.touch();
      },
    });
  }

  touched() {
    this.offer();
    const exact = $('#exact', this.form);
    if (exact && exact.open) exact.open = false;
    if (this.draft) this.draft.touch();
    this.showRelease();
  }

  // A note that asks may need a release where others do not.
  showRelease() {
    showUntranslated(this.form);
    const asks = this.asked.rows.length > 0;
    if (this.form.elements.text) this.form.elements.text.required = !asks;
    const opened = this.form.dataset.compose === 'thread' ? [{ kind: 'thread.opened' }] : [];
    this.released = releaseOf([...opened, { kind: 'note.posted', asks }]);
    showTo(this.form, this.released, this.internal);
    this.answered.entitle();
  }

  send() {
    return guarded($('[type="submit"]', this.form), () => alone(this.name, async () => {
      if (!this.internal) {
        this.check(this.asked.all);
        if (!(await this.answered.settle())) {
          this.form.elements.text.focus();
          return;
        }
      }
      const done = await signDraft(this.name).catch((error) => {
        // Else it goes again by itself, and the draft with it.
        if (error.over) {
          this.goOn();
          this.touched();
        }
        throw error;
      });
      if (done) await this.sent(done.waits);
    }));
  }

  async sent(waits) {
    this.offer();
    this.goOn();
    if (this.draft) await this.draft.drop();
    const { next = '/threads/{thread}' } = this.form.dataset;
    const go = (path) => window.location.assign(onward(waits, path));
    if (waits) {
      go(next);
      return;
    }
    if (this.form.dataset.compose === 'thread') {
      go(this.value('each') ? '/threads' : next.replace('{thread}', this.thread));
      return;
    }
    if (this.internal) {
      this.form.elements.text.value = '';
      // What is written for the other side waits under the other choice.
      if (Object.values(this.collect()).some(({ length }) => length)) this.touched();
      return;
    }
    this.answered.sent();
    for (const field of this.texts) field.value = '';
    this.clear();
    this.mark('');
    put(this.form, 'arrived', '');
    // Whoever works through the inbox goes on to the next thread.
    if (!next.includes('{')) go(next);
  }

  bind() {
    this.offer();
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.send();
    });
    const written = ({ isComposing }) => {
      this.goOn();
      this.touched();
      // Terms are offered once they are there: nobody waits for them, and who only reads does not load them.
      if (!isComposing) this.terms ||= import('./terms.js').then(({ offerTerms }) => offerTerms(this.form), () => {});
    };
    // The last input of an input method comes while it still composes.
    for (const name of ['input', 'compositionend']) this.form.addEventListener(name, written);
    for (const button of $$('[data-act="add-ask"]', this.form)) button.onclick = () => this.addAsk();
    for (const button of $$('[data-act="insert-template"]', this.form)) {
      const insert = ({ insertTemplate }) => insertTemplate(this.form, this.asked, this.applications);
      button.onclick = () => guarded(button, () => import('./insert.js').then(insert));
    }
    for (const button of this.sides) {
      button.onclick = () => {
        this.keepInside(button.dataset.act === 'keep-inside');
        this.touched();
      };
    }
    const exact = $('#exact', this.form);
    if (exact) {
      exact.addEventListener('toggle', async () => {
        if (!exact.open) return;
        try {
          fill(exact, await factsOfDraft(this.name));
        } catch (error) {
          exact.open = false;
          showProblem(error);
        }
      });
    }
    document.addEventListener('click', (event) => {
      const link = event.target.closest && event.target.closest('a[data-quotes], a[data-answers]');
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const { answers } = link.dataset;
      if (answers) this.answerTo(answers);
      else guarded(link, () => this.quote(link));
    });
    document.addEventListener('sc:arrived', ({ detail }) => {
      if (!this.value('text').trim()) return;
      const text = say('arrived', { position: detail.position });
      put(this.form, 'arrived', text);
      announce(text);
    });
  }
}

export async function startComposer() {
  const form = $('#compose');
  if (!form) return;
  const composer = new Composer(form);
  composer.bind();
  signer().catch(() => announce(say('no-key')));
  // What a page that was closed had begun to send is sent before its draft could be sent again.
  await tidyOutbox(0, true);
  const { draft } = composer;
  const fields = draft && (await draft.load());
  if (fields) composer.restore(fields);
  // The page was made before the draft was sent.
  else if (draft && draft.none && form.dataset.saved !== undefined) composer.restore({});
  else if (form.dataset.ask) composer.addAsk(JSON.parse(form.dataset.ask));
  await composer.begin();
  if (page().page === 'thread' && window.location.hash === '#compose') form.elements.text.focus();
}
