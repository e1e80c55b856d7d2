// Files of a note: chosen, dropped or pasted, and uploaded as raw bytes before the note is signed. Hashed here as well, so
// that what is signed is the file that was chosen and not what a node says it received. What failed stays, to be tried again.

import { sha256hex } from './bytes.js';
import { $, $$, addRow, announce, fill, problem, put, say, showProblem } from './dom.js';
import { oneLine } from './parts.js';

const MAX_FILE = 50 * 1024 * 1024;
const MEDIA_TYPE = /^[a-z0-9][a-z0-9.+-]{0,62}\/[a-z0-9][a-z0-9.+-]{0,126}$/;
// More would leave a browser no connection for drafts and news.
const AT_ONCE = 2;

// Whether the same file could arrive by another try.
const worthAgain = ({ code, status }) => code === 'network' || [401, 408, 429].includes(status) || status >= 500;

// XMLHttpRequest because fetch tells nothing of how far an upload is.
function send(file, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', '/api/files');
    request.setRequestHeader('Content-Type', file.type || 'application/octet-stream');
    request.setRequestHeader('Accept', 'application/json');
    request.setRequestHeader('Special-Channel-File-Name', encodeURIComponent(file.name));
    request.upload.onprogress = ({ loaded, total }) => progress(Math.floor((100 * loaded) / (total || 1)), request);
    request.responseType = 'json';
    request.onloadend = () => {
      if (request.status === 200) resolve(request.response);
      // No answer, or none of the node's.
      else reject(problem('network', request.response || {}));
    };
    request.send(file);
  });
}

export async function upload(file, progress) {
  if (file.size > MAX_FILE) throw problem('too-long');
  // A folder, or a file that was changed since it was chosen.
  const bytes = await file.arrayBuffer().catch(() => {
    throw problem('file-unreadable');
  });
  const digest = await sha256hex(new Uint8Array(bytes));
  const stored = await send(file, progress);
  if (stored.sha256 !== digest || stored.len !== file.size) throw problem('bad-part');
  const type = MEDIA_TYPE.test(file.type) ? file.type : 'application/octet-stream';
  return { name: oneLine(file.name), type, len: file.size, sha256: digest, check: stored.check };
}

export class Uploads {
  constructor(form, changed) {
    const lanes = Array(AT_ONCE).fill(Promise.resolve());
    Object.assign(this, { form, changed, lanes, files: [], taken: 0, pending: 0, done: 0, input: form.elements.files });
    if (this.input) this.bind();
  }

  bind() {
    const { form, input } = this;
    input.addEventListener('change', () => {
      const chosen = [...input.files];
      input.value = '';
      this.takeAll(chosen);
    });
    form.addEventListener('paste', (event) => {
      const { clipboardData } = event;
      const files = clipboardData ? [...clipboardData.files] : [];
      // Office programs put a picture of the text beside the text.
      if (!files.length || !this.open || clipboardData.getData('text/plain')) return;
      event.preventDefault();
      // Without the module a picture keeps the clipboard's name. Nothing is signed until the files are taken.
      this.pending += 1;
      import('./pasted.js').then(({ pictureOf }) => files.map(pictureOf), () => files).then((all) => {
        this.pending -= 1;
        this.takeAll(all);
      });
    });
    // On the whole page: a browser leaves it for a file that is dropped beside the form.
    for (const type of ['dragover', 'dragleave', 'drop']) document.addEventListener(type, (event) => this.drag(event));
  }

  // Not while the note is shown before its signature, waits signed, or stays inside.
  get open() {
    const { input, form } = this;
    return !input.disabled && !input.closest('[hidden]') && form.dataset.holding === undefined && !$('dialog[open]');
  }

  drag(event) {
    const { type, dataTransfer, relatedTarget } = event;
    if (!dataTransfer || ![...dataTransfer.types].includes('Files')) return;
    event.preventDefault();
    const { open } = this;
    const over = type === 'dragover' || (type === 'dragleave' && relatedTarget);
    this.form.toggleAttribute('data-dropping', Boolean(open && over));
    dataTransfer.dropEffect = open ? 'copy' : 'none';
    if (type === 'drop' && open) this.takeAll([...dataTransfer.files]);
  }

  takeAll(files) {
    for (const file of files) this.take(file, this.row(file.name));
  }

  row(name) {
    const row = addRow($('[data-slot="uploads"]', this.form));
    fill(row, { name, state: '…' });
    $('[data-act="remove"]', row).onclick = () => {
      row.remove();
      this.input.focus();
    };
    return row;
  }

  // What is shown of an upload: its bar while it goes, its button once it failed, its words at any time.
  show(row, state, words, percent = 0) {
    const bar = $('progress', row);
    bar.hidden = state !== 'going';
    bar.value = percent;
    $('[data-act="again"]', row).hidden = state !== 'failed';
    row.toggleAttribute('data-failed', state === 'failed');
    put(row, 'state', words);
  }

  get failed() {
    return $$('[data-slot="uploads"] [data-failed]', this.form).length;
  }

  take(file, row) {
    this.pending += 1;
    this.taken += 1;
    const lane = this.taken % AT_ONCE;
    this.show(row, 'going', '…');
    this.lanes[lane] = this.lanes[lane].then(() => this.run(file, row));
  }

  async run(file, row) {
    const { name } = file;
    try {
      if (!row.isConnected) return;
      const { check, ...facts } = await upload(file, (percent, request) => {
        if (row.isConnected) this.show(row, 'going', say('uploading', { name, percent }), percent);
        else request.abort();
      });
      if (!row.isConnected) return;
      this.add(facts, row, check && `uploaded-${check}`);
      this.done += 1;
    } catch (error) {
      if (row.isConnected) this.fail(error, file, row);
    } finally {
      this.pending -= 1;
      this.tell();
    }
  }

  fail(error, file, row) {
    if (!worthAgain(error)) {
      row.remove();
      showProblem(error);
      return;
    }
    this.show(row, 'failed', say('upload-failed', { why: error.title }));
    $('[data-act="again"]', row).onclick = () => {
      $('[data-act="remove"]', row).focus();
      this.take(file, row);
    };
  }

  // Once, after the last of several.
  tell() {
    const { done, failed } = this;
    if (this.pending || !(done || failed)) return;
    announce(say(failed ? 'uploads-failed' : 'uploads-done', { done, failed }));
    this.done = 0;
  }

  add(facts, row = this.row(facts.name), state = 'uploaded') {
    this.files.push(facts);
    this.changed();
    this.show(row, 'done', say(state, { name: facts.name }));
    $('[data-act="remove"]', row).onclick = () => {
      this.files = this.files.filter((each) => each !== facts);
      row.remove();
      this.input.focus();
      this.changed();
    };
  }
}
