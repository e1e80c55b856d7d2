// The composer: from the form to what is signed. Nothing is sent before the exact bytes could be seen,
// and on any failure the text stays.

import { inBoth, instantIn, soon } from './clocks.js';
import { $, $$, announce, documentOf, fill, guarded, local, page, problem, put, say, showProblem } from './dom.js';
import { addRow, shownRows } from './dom.js';
import { Draft } from './draft.js';
import { newThread } from './payloads.js';
import { factsOfDraft, nameDraft, releaseOf, showTo, signDraft, signer } from './sign.js';
import { Uploads } from './uploads.js';
import { askWhether } from './whether.js';

const BIDI = /[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/;
const TEXTS = ['subject', 'subject_tr', 'text', 'text_tr'];

function refuse(code, field) {
  if (field) field.focus();
  throw problem(code);
}

class Composer {
  constructor(form) {
    this.form = form;
    this.name = form.dataset.draft || form.dataset.compose;
    this.uploads = new Uploads(form, () => this.touched());
    this.draft = form.dataset.draft ? new Draft(form, () => this.collect(), (fields) => this.replace(fields)) : null;
    this.list = $('[data-slot="asks"]', form);
    // Questions that the official leaves open with this note: asked about once.
    this.left = new Set();
    // Kept over a failed try, so that what goes again is the same thread.
    this.thread = form.dataset.thread || newThread();
  }

  value(name) {
    const field = this.form.elements[name];
    return field && typeof field.value === 'string' ? field.value : '';
  }

  asks() {
    return shownRows(this.list).map((row) => {
      const get = (name) => $(`[name="${name}"]`, row);
      const rule = get('ask_rule');
      const chosen = rule && rule.value ? rule.selectedOptions[0] : null;
      const local = get('ask_due').value;
      const { zone } = row.dataset;
      const seconds = chosen && Number(chosen.dataset.seconds);
      // A demonstration's seconds count from signing, not from when the page was made.
      const due = seconds ? soon(seconds) : chosen ? chosen.dataset.due : instantIn(local, zone);
      return {
        row,
        text: get('ask_text').value,
        textTr: get('ask_text_tr') ? get('ask_text_tr').value : '',
        local,
        rule: chosen ? chosen.value : '',
        due,
        provisional: chosen && chosen.dataset.provisional,
        promise: row.dataset.promise && JSON.parse(row.dataset.promise),
        shown: chosen && !seconds ? chosen.text : due && inBoth(due, zone),
      };
    });
  }

  collect() {
    const fields = {};
    for (const name of TEXTS) if (this.form.elements[name]) fields[name] = this.value(name);
    // A switch alone is no draft.
    fields.internal = this.internal && fields.text.trim() ? 'true' : '';
    fields.asks = this.asks().map(({ text, textTr, local: due, rule, promise }) =>
      JSON.stringify({ text, textTr, due, rule, promise }));
    fields.files = this.uploads.files.map((file) => JSON.stringify(file));
    fields.answers = $$('[name="answer"]:checked', this.form).map((box) => `${box.dataset.note} ${box.value}`);
    return fields;
  }

  // The page shows the draft as it was when the page was made; what was typed since then stays.
  restore(fields) {
    for (const name of TEXTS) {
      const field = this.form.elements[name];
      if (field && field.value === field.defaultValue) field.value = fields[name] || '';
    }
    this.keepInside(fields.internal === 'true');
    for (const ask of fields.asks || []) this.addAsk(JSON.parse(ask));
    for (const file of fields.files || []) this.uploads.add(JSON.parse(file));
    for (const box of $$('[name="answer"]', this.form)) {
      if ((fields.answers || []).includes(`${box.dataset.note} ${box.value}`)) box.checked = true;
    }
  }

  replace(fields) {
    this.clear();
    for (const field of TEXTS.map((name) => this.form.elements[name]).filter(Boolean)) field.value = field.defaultValue;
    for (const box of $$('[name="answer"]', this.form)) box.checked = false;
    this.restore(fields);
  }

  clear() {
    for (const row of $$('[data-slot="asks"], [data-slot="uploads"]', this.form).flatMap(shownRows)) row.remove();
    this.uploads.files = [];
    this.showRelease();
  }

  addAsk({ text, textTr, due, rule, promise } = {}) {
    const row = addRow(this.list);
    if (promise) row.dataset.promise = JSON.stringify(promise);
    const values = { ask_text: text, ask_text_tr: textTr, ask_due: due, ask_rule: rule };
    for (const [name, value] of Object.entries(values)) {
      const field = $(`[name="${name}"]`, row);
      if (field && value !== undefined) field.value = value;
    }
    for (const button of $$('[data-act="remove"]', row)) {
      button.onclick = () => {
        row.remove();
        this.touched();
      };
    }
    this.showRelease();
    if (!text) $('[name="ask_text"]', row).focus();
  }

  // Behind what is written already, once, with the caret after it.
  quote(words) {
    const { text } = this.form.elements;
    if (!text.value.includes(words)) text.value = `${[text.value.trimEnd(), words].filter(Boolean).join('\n\n')}\n\n`;
    text.focus();
    text.setSelectionRange(text.value.length, text.value.length);
    text.scrollTop = text.scrollHeight;
    this.touched();
  }

  // The node words the quotation, for the address that opens it without the script as well.
  async quoteFrom(link) {
    const made = await documentOf(link.href);
    const form = made && $('#compose', made);
    if (!form) throw problem('network');
    link.closest('details').open = false;
    if (form.dataset.quote) this.quote(form.dataset.quote);
  }

  // What the link on a question does: the note answers it.
  answerTo(number) {
    this.keepInside(false);
    for (const box of this.openQuestions()) if (box.dataset.label === number) box.checked = true;
    this.form.elements.text.focus();
    this.touched();
  }

  // Questions to us that the note does not answer as it is.
  openQuestions() {
    return $$('[name="answer"]', this.form).filter(({ checked, disabled }) => !checked && !disabled);
  }

  // False if the official goes back to the text.
  async settleQuestions() {
    const dialog = $('#open-question');
    const asked = dialog ? this.openQuestions().filter((box) => !this.left.has(box)) : [];
    for (const [n, box] of asked.entries()) {
      const answer = await askWhether(dialog, box, n + 1, asked.length);
      if (!answer) return false;
      box.checked = answer === 'yes';
      if (!box.checked) this.left.add(box);
      this.touched();
    }
    return true;
  }

  answers() {
    const byNote = new Map();
    for (const box of $$('[name="answer"]:checked', this.form)) {
      byNote.set(box.dataset.note, [...(byNote.get(box.dataset.note) || []), box.value]);
    }
    return [...byNote].map(([id, q]) => ({ id, q }));
  }

  get internal() {
    return this.form.dataset.internal !== undefined;
  }

  // Nothing typed goes: what an internal note does not have is hidden, and comes back with the other choice.
  keepInside(on) {
    this.form.toggleAttribute('data-internal', on);
    for (const [act, pressed] of [['to-peer', !on], ['keep-inside', on]]) {
      for (const button of $$(`[data-act="${act}"]`, this.form)) button.setAttribute('aria-pressed', String(pressed));
    }
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
  }

  // The node counts what a rule gives when it makes a page, and a page may stand open past midnight there.
  // So it counts again before anything is signed; without an answer the page's own dates stay.
  async recount() {
    const made = this.asks().some(({ rule }) => rule) && await documentOf(window.location.href);
    const options = made ? $$('[name="ask_rule"] option', made) : [];
    for (const select of $$('[name="ask_rule"]', this.form)) {
      const { value } = select;
      if (!options.some((option) => option.value === value)) continue;
      select.replaceChildren(...options.map((option) => document.importNode(option, true)));
      select.value = value;
    }
  }

  // What is signed, as data: sign.js builds the entries.
  async describe() {
    if (this.internal) return this.describeInternal();
    await this.recount();
    const asks = this.asks();
    this.check(asks);
    const data = this.form.dataset;
    const { lang, trLang } = data;
    const { thread } = this;
    const marking = this.value('marking');
    const entries = [];
    if (data.compose === 'thread') {
      const other = this.value('subject_tr').trim();
      entries.push({
        make: 'thread', thread, lang, marking,
        subject: this.value('subject'),
        translation: other ? { lang: trLang, text: other } : null,
        batch: this.value('batch') || 'standing',
        applications: $$('[name="application"]', this.form)
          .filter((field) => field.type === 'hidden' || field.checked).map((field) => field.value),
      });
    }
    if (data.compose === 'note' || this.value('text').trim() || asks.length) {
      entries.push({
        make: 'note', thread, lang, marking,
        text: this.value('text'),
        translation: { lang: trLang, text: this.value('text_tr') },
        asks: asks.map(({ row: _, ...ask }) => ({ ...ask, who: data.peer })),
        answers: this.answers(),
        files: this.uploads.files,
        charter: data.charter,
        calendar: asks.some(({ rule }) => rule) ? data.calendar : '',
      });
    }
    return { steps: [{ entries }], shown: this.shown(asks), ask: true };
  }

  // For our private log: words in our language, and nothing that the other side is asked or told.
  describeInternal() {
    const { text } = this.form.elements;
    if (!text.value.trim()) refuse('text-empty', text);
    const { lang, private: log } = this.form.dataset;
    const note = { make: 'written', kind: 'note.internal', log, thread: this.thread, lang, body: {} };
    return { steps: [{ entries: [{ ...note, k: 'text', text: text.value }] }], shown: {}, ask: true };
  }

  shown(asks) {
    const answered = $$('[name="answer"]:checked', this.form).map(({ dataset }) => dataset.question || dataset.label);
    const { marking } = this.form.elements;
    return {
      open: this.openQuestions().map(({ dataset }) => say('stays-open', dataset)).join('\n'),
      marking: marking && marking.value ? marking.selectedOptions[0].text : '',
      answers: answered.join('\n'),
      asks: asks.map(({ text, shown }) => `${text.trim()} (${shown})`).join('\n'),
      files: this.uploads.files.map(({ name }) => name).join(', '),
    };
  }

  // What the address asks for, once: whoever takes it back and loads the page again does not want it again.
  begin() {
    const { quote } = this.form.dataset;
    if (quote) this.quote(quote);
    for (const box of $$('[name="answer"]', this.form)) if (box.defaultChecked) this.answerTo(box.dataset.label);
    const url = new URL(window.location);
    for (const name of ['quote', 'answer']) url.searchParams.delete(name);
    window.history.replaceState(window.history.state, '', url);
  }

  offer() {
    nameDraft(this.name, () => this.describe());
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
    const asks = shownRows(this.list).length > 0;
    const opened = this.form.dataset.compose === 'thread' ? [{ kind: 'thread.opened' }] : [];
    showTo(this.form, releaseOf([...opened, { kind: 'note.posted', asks }]), this.internal);
  }

  send() {
    return guarded($('[type="submit"]', this.form), async () => {
      if (!this.internal) {
        this.check(this.asks());
        if (!(await this.settleQuestions())) {
          this.form.elements.text.focus();
          return;
        }
      }
      const done = await signDraft(this.name);
      if (done) await this.sent(done.waits);
    });
  }

  async sent(waits) {
    this.offer();
    if (this.draft) await this.draft.drop();
    if (waits) {
      window.location.assign(local(waits));
      return;
    }
    if (this.form.dataset.compose === 'thread') {
      const next = (this.form.dataset.next || '/threads/{thread}').replace('{thread}', this.thread);
      window.location.assign(local(next));
      return;
    }
    if (this.internal) {
      this.form.elements.text.value = '';
      // What is written for the other side waits under the other choice.
      if (Object.values(this.collect()).some(({ length }) => length)) this.touched();
      return;
    }
    for (const box of $$('[name="answer"]:checked', this.form)) {
      box.checked = false;
      box.disabled = true;
    }
    for (const name of TEXTS) if (this.form.elements[name]) this.form.elements[name].value = '';
    this.clear();
    this.left.clear();
    put(this.form, 'arrived', '');
  }

  bind() {
    this.offer();
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.send();
    });
    this.form.addEventListener('input', () => this.touched());
    for (const button of $$('[data-act="add-ask"]', this.form)) button.onclick = () => this.addAsk();
    for (const button of $$('[data-act="to-peer"], [data-act="keep-inside"]', this.form)) {
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
      else guarded(link, () => this.quoteFrom(link));
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
  const fields = composer.draft && (await composer.draft.load());
  if (fields) composer.restore(fields);
  else if (form.dataset.ask) composer.addAsk(JSON.parse(form.dataset.ask));
  composer.begin();
  if (page().page === 'thread' && window.location.hash === '#compose') form.elements.text.focus();
}
