// The questions that a note asks: the rows of the composer in which they are written, with their dates.

import { inBoth, instantIn, soon } from './clocks.js';
import { $, $$, addRow, documentOf, shownRows } from './dom.js';

export class Asked {
  constructor(form, changed) {
    Object.assign(this, { form, changed, list: $('[data-slot="asks"]', form) });
  }

  get rows() {
    return shownRows(this.list);
  }

  get all() {
    return this.rows.map((row) => {
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

  // Whether one is of a line stop.
  get stops() {
    return this.rows.some((row) => $('[name="ask_rule"] option[data-stop]:checked', row));
  }

  // As a draft keeps them.
  get kept() {
    return this.all.map(({ text, textTr, local: due, rule, promise }) =>
      JSON.stringify({ text, textTr, due, rule, promise }));
  }

  get words() {
    return this.all.map(({ text, shown }) => `${text.trim()} (${shown})`).join('\n');
  }

  add({ text, textTr, due, rule, promise } = {}) {
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
        this.changed();
      };
    }
    if (!text) $('[name="ask_text"]', row).focus();
  }

  // The node counts what a rule gives when it makes a page, and a page may stand open past midnight there.
  // So it counts again before anything is signed; without an answer the page's own dates stay.
  async recount() {
    const made = this.all.some(({ rule }) => rule) && await documentOf(window.location.href);
    const options = made ? $$('[name="ask_rule"] option', made) : [];
    for (const select of $$('[name="ask_rule"]', this.form)) {
      const { value } = select;
      if (!options.some((option) => option.value === value)) continue;
      select.replaceChildren(...options.map((option) => document.importNode(option, true)));
      select.value = value;
    }
  }
}
