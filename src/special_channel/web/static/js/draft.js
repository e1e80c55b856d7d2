// Drafts, on the server only: a stolen laptop holds none. Saves a second after the last key, and when
// the page is left.

import { api, put, say, time } from './dom.js';

const WAIT = 1000;

export class Draft {
  constructor(form, collect) {
    this.form = form;
    this.collect = collect;
    this.path = `/api/drafts/${encodeURIComponent(form.dataset.draft)}`;
    this.timer = 0;
    this.saved = '';
    // Leaving the page: the browser finishes this request after the page is gone.
    window.addEventListener('pagehide', () => {
      if (this.timer) this.save({ keepalive: true });
    });
  }

  async load() {
    try {
      const { fields, at } = await api(this.path);
      if (!fields) return null;
      this.saved = JSON.stringify(fields);
      this.tell(say('draft-saved', { time: time(at) }));
      return fields;
    } catch (error) {
      return null;
    }
  }

  touch() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), WAIT);
  }

  async save(options = {}) {
    clearTimeout(this.timer);
    this.timer = 0;
    const fields = this.collect();
    const text = JSON.stringify(fields);
    if (text === this.saved) return;
    // Before the answer: a note sent meanwhile must know that there is a draft to delete.
    this.saved = text;
    try {
      const { at } = await api(this.path, { method: 'PUT', json: { fields }, ...options });
      this.tell(say('draft-saved', { time: time(at) }));
    } catch (error) {
      this.saved = '';
      this.tell(error.status === 409 ? say('draft-elsewhere') : say('draft-unsaved'));
      if (error.status !== 409) this.touch();
    }
  }

  // After sending. A draft that can't be deleted is shown again, which loses nothing.
  async drop() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.tell('');
    if (this.saved) await api(this.path, { method: 'DELETE', json: {} }).catch(() => {});
    this.saved = '';
  }

  tell(text) {
    put(this.form, 'saved', text);
  }
}
