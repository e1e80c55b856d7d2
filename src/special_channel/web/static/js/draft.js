// Drafts, on the server only: a stolen laptop holds none. Saves a second after the last key, and when
// the page is left. A draft that another page changed meanwhile is never overwritten: both texts are shown.

import { hex, random } from './bytes.js';
import { $, api, fill, put, say, time } from './dom.js';

const WAIT = 1000;
const LONGEST = 30000;
const TRY = 100;
const TRIES = 30;
const READABLE = ['number', 'text', 'textTr', 'due', 'name', 'words'];

// What a person can read of a draft's fields: no ids, no ticks.
function words(value) {
  if (Array.isArray(value)) return value.map(words).filter(Boolean).join('\n');
  if (value.startsWith('{')) return READABLE.map((name) => JSON.parse(value)[name]).filter(Boolean).join(' · ');
  return ['true', 'false'].includes(value) || /^[0-9a-f]{64} \d+$/.test(value) ? '' : value;
}
const readable = (fields) => words(Object.values(fields).flat());

// `collect()` returns the fields, `restore(fields)` puts them in place of all that is in the form.
export class Draft {
  constructor(form, collect, restore) {
    Object.assign(this, { form, collect, restore, timer: 0, wait: WAIT, saved: '', version: 0, other: null });
    this.path = `/api/drafts/${encodeURIComponent(form.dataset.draft)}`;
    this.page = hex(random(16));
    this.done = Promise.resolve();
    // Leaving the page: the browser finishes this request after the page is gone. A page that is loaded
    // again asks until it has arrived; what is kept for that is its version, never the text.
    window.addEventListener('pagehide', () => {
      if (!this.timer || this.other) return;
      sessionStorage.setItem(this.path, this.version);
      this.send({ keepalive: true });
    });
    for (const name of ['online', 'sc:signed-in']) {
      (name === 'online' ? window : document).addEventListener(name, () => this.save());
    }
  }

  async load() {
    try {
      const leaving = sessionStorage.getItem(this.path);
      sessionStorage.removeItem(this.path);
      let held = await api(this.path);
      for (let n = 0; n < TRIES && leaving === String(held.version || 0); n += 1) {
        await new Promise((resolve) => setTimeout(resolve, TRY));
        held = await api(this.path);
      }
      const { fields, at, version } = held;
      this.version = version || 0;
      if (!fields) return null;
      this.saved = JSON.stringify(fields);
      this.tell(say('draft-saved', { time: time(at) }));
      return fields;
    } catch (error) {
      return null;
    }
  }

  touch(wait = WAIT) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), wait);
    if (this.other) this.compare();
  }

  // One after the other: each names the version that the one before it got.
  save() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.done = this.done.then(() => this.send());
    return this.done;
  }

  async send(options = {}) {
    const fields = this.collect();
    const text = JSON.stringify(fields);
    if (text === this.saved || this.other) return;
    // Before the answer: a note sent meanwhile must know that there is a draft to delete.
    this.saved = text;
    const { version, page } = this;
    try {
      const answer = await api(this.path, { method: 'PUT', json: { fields, version, page }, ...options });
      this.version = answer.version;
      this.wait = WAIT;
      this.tell(say('draft-saved', { time: time(answer.at) }));
    } catch (error) {
      this.saved = '';
      await this.failed(error);
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
    this.touch(this.wait);
  }

  // Shows both texts. Nothing is saved until one is chosen.
  compare() {
    const { form, other } = this;
    const box = $('#draft-elsewhere');
    if (!box) return;
    const fields = other.fields || {};
    const key = other.fields ? 'draft-when' : 'draft-gone';
    fill(box, { when: say(key, { time: other.at && time(other.at) }) });
    put(box, 'mine', readable(this.collect()));
    put(box, 'theirs', readable(fields));
    const choose = (act, work) => {
      $(`[data-act="${act}"]`, box).onclick = () => {
        this.version = other.version || 0;
        this.other = null;
        box.hidden = true;
        work();
        this.save();
        const field = $('textarea, input:not([type="hidden"])', form);
        if (field) field.focus();
      };
    };
    choose('keep-mine', () => {});
    choose('take-theirs', () => {
      this.saved = JSON.stringify(fields);
      this.restore(fields);
    });
    if (!box.hidden) return;
    if (form !== document.body) form.before(box);
    box.hidden = false;
    this.tell(say('draft-elsewhere'));
  }

  // After sending. A draft that can't be deleted is shown again, which loses nothing.
  async drop() {
    await this.done;
    clearTimeout(this.timer);
    this.timer = 0;
    this.tell('');
    const { version, page } = this;
    if (this.saved || version) await api(this.path, { method: 'DELETE', json: { version, page } }).catch(() => {});
    Object.assign(this, { saved: '', version: 0, other: null });
    if ($('#draft-elsewhere')) $('#draft-elsewhere').hidden = true;
  }

  tell(text) {
    put(this.form, 'saved', text);
  }
}
