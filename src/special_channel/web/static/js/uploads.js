// Files of a note: uploaded as raw bytes before the note is signed, hashed here as well, so that what
// is signed is the file that was chosen and not what a node says it received.

import { sha256hex } from './bytes.js';
import { $, $$, clone, fill, problem, put, say, showProblem } from './dom.js';
import { oneLine } from './parts.js';

const MAX_FILE = 50 * 1024 * 1024;
const MEDIA_TYPE = /^[a-z0-9][a-z0-9.+-]{0,62}\/[a-z0-9][a-z0-9.+-]{0,126}$/;

// XMLHttpRequest because fetch tells nothing of how far an upload is.
function send(file, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', '/api/files');
    request.setRequestHeader('Content-Type', file.type || 'application/octet-stream');
    request.setRequestHeader('Accept', 'application/json');
    request.upload.onprogress = ({ loaded, total }) => progress(Math.floor((100 * loaded) / (total || 1)));
    request.onerror = () => reject(problem('network', say('network'), { status: 0 }));
    request.onload = () => {
      let found = {};
      try {
        found = JSON.parse(request.responseText);
      } catch (error) {
        // Falls through to the refusal below.
      }
      if (request.status < 300 && found.sha256) resolve(found);
      else reject(problem(found.code || 'network', found.title || say('network'), { ...found, status: request.status }));
    };
    request.send(file);
  });
}

async function upload(file, progress) {
  if (file.size > MAX_FILE) throw problem('file-too-large', say('too-long'));
  const digest = await sha256hex(new Uint8Array(await file.arrayBuffer()));
  const stored = await send(file, progress);
  if (stored.sha256 !== digest || stored.len !== file.size) throw problem('file-digest', say('bad-part'));
  const type = MEDIA_TYPE.test(file.type) ? file.type : 'application/octet-stream';
  return { name: oneLine(file.name), type, len: file.size, sha256: digest };
}

export class Uploads {
  constructor(form, changed) {
    this.files = [];
    this.pending = 0;
    this.form = form;
    this.changed = changed;
    const input = form.elements.files;
    if (input) {
      input.addEventListener('change', () => {
        const chosen = [...input.files];
        input.value = '';
        for (const file of chosen) this.take(file);
      });
    }
  }

  row(name) {
    const row = clone('tpl-upload');
    const list = $('[data-slot="uploads"]', this.form);
    if (!row || !list) return null;
    fill(row, { name, state: '…' });
    list.append(row);
    return row;
  }

  async take(file) {
    const row = this.row(file.name);
    const tell = (state) => row && put(row, 'state', state);
    this.pending += 1;
    try {
      const facts = await upload(file, (percent) => tell(say('uploading', { name: file.name, percent })));
      tell(say('uploaded', { name: file.name }));
      this.add(facts, row);
    } catch (error) {
      if (row) row.remove();
      showProblem(error);
    } finally {
      this.pending -= 1;
    }
  }

  add(facts, row = this.row(facts.name)) {
    this.files.push(facts);
    this.changed();
    if (!row) return;
    put(row, 'state', say('uploaded', { name: facts.name }));
    for (const button of $$('[data-act="remove"]', row)) {
      button.onclick = () => {
        this.files = this.files.filter((each) => each !== facts);
        row.remove();
        this.changed();
      };
    }
  }
}
