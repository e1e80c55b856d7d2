// The marking of a note or thread: chosen each time, none among the choices. A form that filled it in would decide for
// who signs.

import { put, say } from './dom.js';

const NO_MARKING = 'none';

export class Marking {
  constructor(form) {
    Object.assign(this, { form, field: form.elements.marking });
  }

  // As it is signed: an entry without a marking has no field for it.
  get signed() {
    const { value } = this.field || {};
    return value === NO_MARKING ? '' : value || '';
  }

  get words() {
    return this.field && this.field.value ? this.field.selectedOptions[0].text : '';
  }

  restore(chosen) {
    if (this.field && !this.field.value) this.field.value = chosen || '';
  }

  clear() {
    if (this.field) this.field.value = '';
  }

  // False, with a sentence at the field, without a choice.
  asked() {
    if (!this.field || this.field.value) return true;
    put(this.form, 'marking-needed', say('marking-needed'));
    this.field.setAttribute('aria-invalid', 'true');
    this.field.focus();
    return false;
  }

  // The sentence goes with the choice.
  touched() {
    if (!this.field || !this.field.value) return;
    this.field.removeAttribute('aria-invalid');
    put(this.form, 'marking-needed', '');
  }
}
