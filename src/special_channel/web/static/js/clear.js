// The second signature: the clearing official signs the very bytes that the page shows.

import { b64, fromUtf8 } from './bytes.js';
import { $, clearProblem, api, problem, say, showProblem } from './dom.js';
import { decode, ENTRY, entryId, pae } from './dsse.js';
import { signWith } from './keys.js';
import { confirmSigning, signer } from './sign.js';

async function clear(button) {
  const id = button.dataset.ref;
  const [row, { envelope: text, parts }] = await Promise.all([signer(), api(`/api/clearance/${id}`)]);
  const envelope = decode(text);
  const shown = $('pre.bytes', button.closest('[data-draft]') || document);
  const bytes = fromUtf8(envelope.payload);
  const same = envelope.type === ENTRY && (await entryId(envelope.payload)) === id && shown && shown.textContent === bytes;
  if (!same) throw problem('bad-text', say('bad-text'));
  const facts = { bytes, id, parts: (parts || []).join('\n'), key: row.key };
  if (!(await confirmSigning(facts))) return false;
  const sig = b64(await signWith(row, pae(ENTRY, envelope.payload)));
  await api(`/api/clearance/${id}`, { method: 'POST', json: { keyid: row.key, sig } });
  return true;
}

export function bindClearance() {
  document.addEventListener('click', async (event) => {
    const button = event.target.closest && event.target.closest('[data-act="clear"]');
    if (!button || button.disabled) return;
    clearProblem();
    button.disabled = true;
    try {
      if (await clear(button)) window.location.reload();
      else button.disabled = false;
    } catch (error) {
      button.disabled = false;
      showProblem(error);
    }
  });
}
