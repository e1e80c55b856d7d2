// Answers a list on screen: rows are chosen, said to be without change or changed, looked at, signed.
// Only rows that somebody touched cross. Loaded on its own page alone, with all that main.js has.

import { $, $$, announce, api, fill, guarded, local, page, problem, put, say } from './dom.js';
import { Draft } from './draft.js';
import {} from './main.js';
import { plain } from './parts.js';
import { offerReasons, reasonsOf } from './reasons.js';
import { actOf, nameDraft, signDraft } from './sign.js';

const SHOWN = ['match', 'found_as', 'state', 'accepted_on', 'clock', 'missing', 'decision', 'decided_on', 'remark', 'words'];
// Of an application whose number the list does not have, nothing else is stated.
const OF_REFERENCE = ['match', 'found_as', 'remark', 'words', 'corrects'];
const DATES = ['accepted_on', 'decided_on'];

const day = (text) => new Date(text).toLocaleDateString(page().lang === 'en' ? 'en-GB' : 'zh-CN', {
  day: 'numeric', month: page().lang === 'en' ? 'short' : 'long', year: 'numeric', timeZone: 'UTC',
});

// Whatever the order in which fields were given, and leaving out what is empty.
const filled = (said) => Object.fromEntries(Object.keys(said).sort()
  .filter((name) => said[name] && said[name].length !== 0).map((name) => [name, said[name]]));
const undated = (said) => JSON.stringify(filled({ ...said, as_of: '' }));

class Row {
  constructor(tr) {
    this.tr = tr;
    this.box = $('input', tr);
    this.row = Number(tr.dataset.answer);
    this.number = this.box.value;
    this.held = JSON.parse(tr.dataset.held);
    this.cells = Object.fromEntries($$('[data-c]', tr).map((cell) => [cell.dataset.c, cell]));
    this.before = Object.fromEntries(Object.entries(this.cells).map(([name, cell]) => [name, cell.textContent]));
    this.now = null;
  }

  takes(name) {
    return this.number.startsWith('REF:') ? OF_REFERENCE.includes(name) : name !== 'found_as';
  }

  get how() {
    if (!this.now) return this.held.match ? 'left' : 'never';
    return this.held.match && undated(this.now) === undated(this.held) ? 'same' : 'changed';
  }
}

class Answer {
  constructor(form) {
    this.form = form;
    this.editor = $('#change');
    this.rows = $$('tr[data-answer]').map((tr) => new Row(tr));
    this.byNumber = new Map(this.rows.map((row) => [row.number, row]));
    // The list's rows on other pages, each with whether it was answered before, and what the draft says of them.
    this.others = new Map((form.dataset.others || '').split(' ').filter(Boolean)
      .map((each) => [parseInt(each, 10), each.endsWith('+')]));
    this.elsewhere = new Map();
    this.kept = undefined;
    this.draft = new Draft(form, () => ({ rows: this.answered(), kept: this.kept }), (fields) => this.restore(fields));
    this.last = null;
    this.opened = {};
  }

  touched() {
    return this.rows.filter(({ now }) => now);
  }

  // What is said of rows on all pages, as a draft has it, in the order of the list.
  answered() {
    const here = this.touched().map((row) => [row.row, JSON.stringify(this.said(row))]);
    return [...this.elsewhere, ...here].sort(([a], [b]) => a - b).map(([, text]) => text);
  }

  chosen() {
    return this.rows.filter(({ box, tr }) => box.checked && !tr.hidden);
  }

  // The date is that of the state: a number that was not found has none.
  said({ row, number, now }) {
    return { row, number, ...filled(now.state ? now : { ...now, as_of: '' }) };
  }

  date() {
    return this.form.elements.as_of.value;
  }

  // The words of a code are those that the form offers.
  words(name, value) {
    if (DATES.includes(name)) return value ? day(value) : '';
    if (['words', 'found_as'].includes(name)) return value || '';
    const codes = [].concat(value || []);
    const labels = codes.map((code) => {
      const found = $(`[data-field="${name}"] [value="${CSS.escape(code)}"]`, this.editor);
      return found ? found.textContent || found.nextElementSibling.textContent : code;
    });
    return labels.join(page().lang === 'en' ? ', ' : '、');
  }

  show(row) {
    const { how } = row;
    row.tr.dataset.how = how;
    for (const name of SHOWN.filter((each) => row.cells[each])) {
      const changed = row.now && JSON.stringify(row.now[name] || '') !== JSON.stringify(row.held[name] || '');
      row.cells[name].textContent = changed ? this.words(name, row.now[name]) : row.before[name];
      row.cells[name].classList.toggle('edited', Boolean(changed));
    }
    row.cells.as_of.textContent = row.now && row.now.state && row.now.as_of ? day(row.now.as_of) : row.before.as_of;
    const said = { same: say('answer-same', { since: row.tr.dataset.since }), changed: say('answer-changed') };
    if (row.now && row.now.corrects) said.changed += ` · ${say('answer-corrects')}`;
    row.cells.how.textContent = said[how] || row.before.how;
  }

  count() {
    const of = (how) => this.rows.filter((row) => row.how === how).length;
    const facts = { chosen: this.chosen().length, same: of('same'), changed: of('changed'), left: of('left') + of('never') };
    put(this.form, 'count', say('answer-count', facts));
    const total = this.rows.length + this.others.size;
    const answered = this.rows.filter(({ now, tr }) => now || 'here' in tr.dataset).length
      + [...this.others].filter(([row, before]) => before || this.elsewhere.has(row)).length;
    put(this.form, 'elsewhere', this.elsewhere.size ? say('answer-elsewhere', { count: this.elsewhere.size }) : '');
    put(this.form, 'progress', say('answer-progress', { answered, total, open: total - answered }));
    const all = this.rows.filter(({ tr }) => !tr.hidden);
    const head = $('#all-rows');
    head.checked = facts.chosen > 0 && facts.chosen === all.length;
    head.indeterminate = facts.chosen > 0 && facts.chosen < all.length;
  }

  changed(rows) {
    for (const row of rows) this.show(row);
    this.count();
    this.draft.touch();
  }

  need() {
    const rows = this.chosen();
    if (!rows.length) throw problem('answer-none');
    if (!this.date()) throw problem('bad-form');
    return rows;
  }

  same() {
    const rows = this.need();
    const before = rows.filter(({ held }) => held.match);
    for (const row of before) row.now = { ...row.held, as_of: this.date() };
    for (const { box } of before) box.checked = false;
    this.changed(rows);
    const count = rows.length - before.length;
    if (count) throw problem('answer-first', { title: say('answer-first', { count }) });
  }

  leave() {
    const rows = this.need();
    for (const row of rows) row.now = null;
    this.changed(rows);
  }

  fields() {
    const said = {};
    for (const group of $$('[data-field]', this.editor)) {
      const boxes = $$('[type="checkbox"]', group);
      const field = $('select, input, textarea', group);
      said[group.dataset.field] = boxes.length ? boxes.filter((box) => box.checked).map((box) => box.value) : field.value;
    }
    return said;
  }

  // What all chosen rows have alike is filled in; only what is then changed goes into them.
  edit() {
    const rows = this.need();
    for (const group of $$('[data-field]', this.editor)) {
      const name = group.dataset.field;
      const values = rows.map((row) => (row.now || row.held)[name] || '');
      const one = values.every((value) => JSON.stringify(value) === JSON.stringify(values[0])) ? values[0] : '';
      for (const box of $$('[type="checkbox"]', group)) box.checked = one.includes(box.value);
      const field = $('select, input:not([type="checkbox"]), textarea', group);
      if (field) field.value = one.id ? 'yes' : one;
      // A code that the lists here don't have stays what it is.
      if (field && one && field.value !== one) field.value = '';
    }
    this.opened = this.fields();
    put(this.editor, 'picked', say('answer-count-change', { count: rows.length }));
    this.editor.hidden = false;
    $('select', this.editor).focus();
  }

  apply() {
    const rows = this.need();
    const fields = this.fields();
    const given = Object.keys(fields)
      .filter((name) => JSON.stringify(fields[name]) !== JSON.stringify(this.opened[name]));
    for (const row of rows) {
      row.now = { match: 'found', ...(row.now || row.held), as_of: this.date() };
      for (const name of given.filter((each) => row.takes(each))) row.now[name] = fields[name];
      if (row.now.match !== 'found') delete row.now.found_as;
      // A correction says what was right on the date of the statement in whose place it comes.
      const { latest } = row.tr.dataset;
      if (row.now.corrects === 'yes') row.now.corrects = latest && JSON.parse(latest);
      if (row.now.corrects && row.held.as_of) row.now.as_of = row.held.as_of;
    }
    for (const { box } of rows) box.checked = false;
    this.editor.hidden = true;
    this.changed(rows);
    rows[0].box.focus();
  }

  filter() {
    const wanted = this.form.elements.which.value;
    for (const row of this.rows) {
      const more = { touched: row.now, before: row.held.match };
      row.tr.hidden = Boolean(wanted) && row.how !== wanted && !more[wanted];
    }
    this.count();
  }

  async look() {
    const said = this.answered().map((text) => JSON.parse(text));
    if (!said.length) throw problem('answer-none');
    const remarks = {};
    const rows = said.map(({ words, ...row }) => {
      const text = plain(words || '').trim();
      if (text) remarks[row.row] = text;
      return row;
    });
    const found = await api(`${this.form.dataset.api}/look`, { json: { rows: { rows }, remarks } });
    const told = (some) => some.map(({ text }) => text).join('\n');
    const size = { summary: found.summary, notices: told(found.notices) };
    fill($('#crosses'), { ...size, notices: told(found.notices.filter(({ grade }) => grade !== 'confirm')) });
    $('#crosses').hidden = false;
    offerReasons($('#reasons'), found.confirm);
    return { rows, remarks, size, refused: found.notices.find(({ grade }) => grade === 'refuse') };
  }

  async send() {
    const { rows, remarks, size, refused } = await this.look();
    if (refused) throw problem('answer-impossible', { title: refused.text });
    const reasons = reasonsOf($('#reasons'));
    const places = Object.keys(remarks);
    const sheet = rows.map((row) => (remarks[row.row] ? { ...row, text: places.indexOf(String(row.row)) + 1 } : row));
    const { ref, remarks: lang, next } = this.form.dataset;
    const answered = {
      make: 'entry',
      kind: 'batch.answered',
      ref,
      lang: places.length ? lang : undefined,
      body: { rows: rows.length },
      sheet: { of: 'return', rows: { rows: sheet } },
      texts: places.map((row) => remarks[row]),
    };
    // What stays goes first, as everywhere: no answer whose columns were lost on the way.
    const kept = $('#kept') ? [{ entries: [await actOf($('#kept').dataset)] }] : [];
    const name = `answer ${ref}`;
    nameDraft(name, async () => ({
      steps: [...kept, { entries: [answered, ...reasons] }],
      shown: { what: size.summary, notices: size.notices },
      ask: true,
    }));
    const done = await signDraft(name);
    if (!done) return false;
    await this.draft.drop();
    window.location.assign(local(done.waits || next));
    return true;
  }

  // From the row clicked before to this one, as in a spreadsheet.
  upTo(row) {
    const [from, to] = [this.rows.indexOf(this.last || row), this.rows.indexOf(row)].sort((a, b) => a - b);
    for (const each of this.rows.slice(from, to + 1)) if (!each.tr.hidden) each.box.checked = row.box.checked;
  }

  step(event, row) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const seen = this.rows.filter(({ tr }) => !tr.hidden);
    const next = seen[seen.indexOf(row) + by];
    if (!next) return;
    if (event.shiftKey) next.box.checked = row.box.checked;
    next.box.focus();
    this.last = next;
    this.count();
  }

  restore({ rows, kept }) {
    this.kept = kept;
    const before = this.touched();
    for (const row of before) row.now = null;
    this.elsewhere.clear();
    for (const text of rows || []) {
      const { row: place, number, ...now } = JSON.parse(text);
      const row = this.byNumber.get(number);
      if (row) row.now = now;
      else if (this.others.has(place)) this.elsewhere.set(place, text);
    }
    for (const row of new Set([...before, ...this.touched()])) this.show(row);
    this.count();
  }

  bind() {
    const acts = { same: this.same, leave: this.leave, edit: this.edit, apply: this.apply, look: this.look, send: this.send };
    for (const button of $$('[data-answer-act]')) {
      button.addEventListener('click', () => guarded(button, async () => {
        await acts[button.dataset.answerAct].call(this);
      }));
    }
    for (const row of this.rows) {
      row.box.addEventListener('click', (event) => {
        if (event.shiftKey) this.upTo(row);
        this.last = row;
        this.count();
      });
      row.box.addEventListener('keydown', (event) => this.step(event, row));
    }
    $('#all-rows').addEventListener('click', ({ target }) => {
      for (const { box, tr } of this.rows) if (!tr.hidden) box.checked = target.checked;
      this.count();
    });
    this.form.elements.which.addEventListener('change', () => this.filter());
    this.form.addEventListener('submit', (event) => event.preventDefault());
    $('[data-act="close-change"]').onclick = () => {
      this.editor.hidden = true;
    };
  }
}

async function startAnswer(form) {
  const answer = new Answer(form);
  answer.bind();
  const fields = await answer.draft.load();
  if (fields) answer.restore(fields);
  answer.count();
  form.dataset.state = 'ready';
}

if ($('#answer')) startAnswer($('#answer')).catch((error) => announce(String(error)));
