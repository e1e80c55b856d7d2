// Files of a note: uploaded as raw bytes before the note is signed, hashed here as well, so that what
// is signed is the file that was chosen and not what a node says it received.

import { sha256hex } from './bytes.js';
import { $, addRow, fill, problem, put, say, showProblem } from './dom.js';
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
    request.onloadend = () => {
      let found = {};
      try {
        found = JSON.parse(request.responseText);
      } catch (error) {
        // No answer, or none of the node's.
      }
      if (request.status === 200) resolve(found);
      else reject(problem('network', found));
    };
    request.send(file);
  });
}

async function upload(file, progress) {
  if (file.size > MAX_FILE) throw problem('too-long');
  const digest = await sha256hex(new Uint8Array(await file.arrayBuffer()));
  const stored = await send(file, progress);
  if (stored.sha256 !== digest || stored.len !== file.size) throw problem('bad-part');
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
    const row = addRow($('[data-slot="uploads"]', this.form));
    fill(row, { name, state: '…' });
    return row;
  }

  async take(file) {
    const { name } = file;
    const row = this.row(name);
    this.pending += 1;
    try {
      this.add(await upload(file, (percent) => put(row, 'state', say('uploading', { name, percent }))), row);
    } catch (error) {
      row.remove();
      showProblem(error);
    } finally {
      this.pending -= 1;
    }
  }

  add(facts, row = this.row(facts.name)) {
    this.files.push(facts);
    this.changed();
    put(row, 'state', say('uploaded', { name: facts.name }));
    $('[data-act="remove"]', row).onclick = () => {
      this.files = this.files.filter((each) => each !== facts);
      row.remove();
      this.changed();
    };
  }
}
