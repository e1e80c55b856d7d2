// Drafts, at the node within a second of typing, and until it has them sealed in this browser: a stolen laptop holds no
// more than what the node lacks. Saves also when the page is left. A draft that another page changed meanwhile is never
// overwritten: both texts are shown.

import { hex, random } from './bytes.js';
import { $, api, put, say, sentences, time } from './dom.js';
import { markIn } from './marks.js';
import { forgetUnsaved, keepUnsaved, unsavedAt } from './unsaved.js';

// From the first key that is not saved, not from the last one: who types without a pause is saved as well.
const WAIT = 300;
const LONGEST = 30000;
// Characters of a request that the browser finishes after the page is gone: it takes 64 KiB at most.
const OUTLIVES = 20000;
const TRY = 100;
const TRIES = 30;
const READABLE = ['number', 'text', 'textTr', 'due', 'name', 'words'];

// What a person can read of a draft's fields: no ids, no ticks, no codes.
function words(value) {
  if (Array.isArray(value)) return value.map(words).filter(Boolean).join('\n');
  try {
    if (value.startsWith('{')) return READABLE.map((name) => JSON.parse(value)[name]).filter(Boolean).join('\n');
  } catch (error) {
    // A text that begins so.
  }
  return ['true', 'false'].includes(value) || /^[0-9a-f]{64} \d+$/.test(value) ? '' : value;
}
// Of what was being saved when a page was left: a sum, which gives nothing away. Empty for a form without content.
function sumOf(fields) {
  if (!fields || Object.values(fields).every(({ length }) => !length)) return '';
  let sum = 0;
  for (const char of JSON.stringify(fields)) sum = (Math.imul(sum, 31) + char.codePointAt(0)) | 0;
  return String(sum);
}
const readable = ({ marking: _, ...fields }) => words(Object.values(fields).flat());
// A text with a classification mark is kept nowhere: neither at the node nor in this browser. Returns what to say of it.
export function markedIn(fields) {
  const mark = markIn(Object.values(fields).flat().map(words).filter(Boolean));
  return mark && say('draft-marked', { words: mark });
}

// `collect()` returns the fields, `restore(fields)` puts them in place of all that is in the form, `texts(fields)` returns
// the texts among them in order, or those with which the page was made.
export class Draft {
  constructor(form, collect, restore, texts = (fields) => [`${fields}`]) {
    // `unsent`: typed, and in no request yet, be it that one before it is on its way.
    // `version`: the node's, null until it is known.
    Object.assign(this, { form, collect, restore, timer: 0, keeping: 0, wait: WAIT, saved: '', version: null,
      other: null, typed: false, unsent: false, sending: 0, begun: false, made: (fields) => sumOf(texts(fields)) });
    this.path = `/api/drafts/${encodeURIComponent(form.dataset.draft)}`;
    this.page = hex(random(16));
    // Asked before anybody types here: what this page keeps is not what a browser kept when it ended.
    this.earlier = unsavedAt(this.path);
    this.done = Promise.resolve();
    // Leaving the page: the browser finishes this request after the page is gone. A page that is loaded
    // again asks until it has arrived; what is kept for that is a sum, never the text. Not its version: of two saves
    // on their way, the first would do.
    window.addEventListener('pagehide', () => {
      const due = this.unsent || this.timer;
      // The node would take it for a draft of its own, and refuse it.
      if (this.version === null) {
        if (due) this.keep();
        return;
      }
      if ((!due && !this.sending) || this.other || markedIn(this.collect())) return;
      sessionStorage.setItem(this.path, sumOf(this.collect()));
      if (due) this.send();
    });
    // While it is captured: an event of the document does not rise to the window.
    for (const name of ['online', 'sc:signed-in']) window.addEventListener(name, () => this.typed && this.save(), true);
  }

  // Who types meanwhile, or before, is saved once the version at the node is known.
  load() {
    this.begun = true;
    this.done = this.found();
    if (this.unsent) this.touch();
    return this.done;
  }

  async found() {
    try {
      const leaving = sessionStorage.getItem(this.path);
      sessionStorage.removeItem(this.path);
      const unsaved = await this.earlier;
      let kept = unsaved && JSON.parse(unsaved);
      let held = await api(this.path).catch((error) => (kept ? { version: kept.version } : Promise.reject(error)));
      const arrived = () => leaving === sumOf(held.fields);
      for (let n = 0; n < TRIES && leaving !== null && !arrived(); n += 1) {
        await new Promise((resolve) => setTimeout(resolve, TRY));
        held = await api(this.path);
      }
      // What the page saved last is newer than what this browser kept before, but not than what a later page kept.
      if (kept && kept.version !== null && arrived()) {
        forgetUnsaved(this.path);
        kept = null;
      }
      const { fields, at, version } = held;
      this.version = version || 0;
      this.saved = fields ? JSON.stringify(fields) : '';
      // Kept by a page that was made with this draft, before it had all of it: nothing of the rest is lost.
      if (kept && fields && kept.version === null && kept.made === this.made(fields)) {
        for (const [name, value] of Object.entries(fields)) {
          if (Array.isArray(value)) kept.fields[name] = [...new Set(value.concat(kept.fields[name]))];
        }
        kept.version = version;
      }
      // What was typed meanwhile goes on from what the page shows; what was there besides is shown next to it.
      const before = kept ? kept.fields : fields;
      if (this.typed && before && this.made() !== this.made(before)
        && JSON.stringify(this.collect()) !== JSON.stringify(before)) {
        this.other = { ...held, fields: before, lacks: Boolean(kept) };
        this.compare();
        return null;
      }
      if (kept) return this.goOnWith(kept, held);
      this.none = !fields;
      if (!fields) return null;
      this.tell(say('draft-saved', { time: time(at) }));
      return fields;
    } catch (error) {
      this.version ||= 0;
      return null;
    }
  }

  // What this browser kept when it ended. Another page may have saved the draft since: both texts are shown then.
  goOnWith({ fields, version }, held) {
    if (JSON.stringify(fields) === this.saved) {
      forgetUnsaved(this.path);
      this.tell(say('draft-saved', { time: time(held.at) }));
    } else {
      if (held.version && held.version !== version) this.other = held;
      // Once the form has it.
      setTimeout(() => this.touch());
    }
    return fields;
  }

  touch() {
    this.typed = true;
    this.unsent = true;
    if (!this.keeping) this.keeping = setTimeout(() => this.keep(), this.version === null ? 0 : WAIT);
    if (this.begun && !this.timer) this.timer = setTimeout(() => this.save(), WAIT);
    if (this.other) this.compare();
  }

  // In this browser, while the node is slow, away or asks who writes.
  keep() {
    this.keeping = 0;
    const fields = this.collect();
    if (JSON.stringify(fields) === this.saved || markedIn(fields)) return;
    keepUnsaved(this.path, JSON.stringify({ fields, version: this.version, made: this.made() }));
  }

  // One after the other: each names the version that the one before it got.
  save() {
    clearTimeout(this.timer);
    this.timer = 0;
    if (this.begun) this.done = this.done.then(() => this.send());
    return this.done;
  }

  // It is signed and leaves: what the node takes, it deletes in this version, whatever becomes of the page.
  handOver() {
    forgetUnsaved(this.path);
    clearTimeout(this.timer);
    this.timer = 0;
    this.unsent = false;
    const { form: { dataset }, version } = this;
    return version ? { name: dataset.draft, version } : undefined;
  }

  async send() {
    this.unsent = false;
    const fields = this.collect();
    const text = JSON.stringify(fields);
    if (text === this.saved || this.other) return;
    const marked = markedIn(fields);
    if (marked) {
      this.tell(marked);
      return;
    }
    // Before the answer: a note sent meanwhile must know that there is a draft to delete.
    this.saved = text;
    const { version, page } = this;
    this.sending += 1;
    try {
      const json = { fields, version, page };
      const answer = await api(this.path, { method: 'PUT', json, keepalive: text.length < OUTLIVES });
      this.version = answer.version;
      this.wait = WAIT;
      if (JSON.stringify(this.collect()) === text) forgetUnsaved(this.path);
      this.tell(say('draft-saved', { time: time(answer.at) }));
      put(this.form, 'found', sentences(answer.found));
    } catch (error) {
      this.saved = '';
      await this.failed(error);
    } finally {
      this.sending -= 1;
    }
  }

  async failed(error) {
    const { status, code } = error;
    if (code === 'draft-elsewhere') {
      this.other = await api(this.path).catch(() => null);
      if (this.other) this.compare();
      else this.again(say('draft-unsaved'));
    } else if (status === 401) this.tell(say('draft-signed-out'));
    else if (status >= 400 && status < 500 && ![408, 425, 429].includes(status)) this.tell(error.title);
    else this.again(status === 429 ? error.title : say('draft-unsaved'));
  }

  again(text) {
    this.tell(text);
    this.wait = Math.min(2 * this.wait, LONGEST);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), this.wait);
  }

  // Shows both texts. Nothing is saved until one is chosen.
  compare() {
    import('./elsewhere.js').then(({ showBoth }) => showBoth(this, readable, forgetUnsaved), () => {});
  }

  // After sending. A draft that can't be deleted is shown again, which loses nothing.
  async drop() {
    await this.done;
    clearTimeout(this.timer);
    clearTimeout(this.keeping);
    this.timer = 0;
    this.keeping = 0;
    this.unsent = false;
    this.tell('');
    const { version, page } = this;
    if (this.saved || version) await api(this.path, { method: 'DELETE', json: { version, page } }).catch(() => {});
    Object.assign(this, { saved: '', version: 0, other: null });
    await forgetUnsaved(this.path);
    if ($('#draft-elsewhere')) $('#draft-elsewhere').hidden = true;
  }

  tell(text) {
    put(this.form, 'saved', text);
  }
}
