// The marking of a note or thread: chosen each time, none among the choices. A form that filled it in would decide for
// who signs. Chosen beside the text, or in the dialog before the signature.

export class Marking {
  constructor(form) {
    this.field = form.elements.marking;
  }

  // Undefined where the charter has no markings.
  get chosen() {
    return this.field && this.field.value;
  }

  choose(chosen) {
    if (this.field) this.field.value = chosen;
  }

  restore(chosen) {
    if (!this.chosen) this.choose(chosen || '');
  }

  clear() {
    this.choose('');
  }
}
