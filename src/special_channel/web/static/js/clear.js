// The second signature: the clearing official signs the very bytes that the page shows.

import { fromUtf8 } from './bytes.js';
import { $, api, guarded, onClick, problem } from './dom.js';
import { decode, encode, ENTRY, entryId, pae } from './dsse.js';
import { signWith } from './keys.js';
import { confirmSigning, signer } from './sign.js';

async function clear(button) {
  const id = button.dataset.ref;
  const [row, { clearances }] = await Promise.all([signer(), api('/api/clearances')]);
  const { envelope: text, parts } = clearances.find((draft) => draft.id === id);
  const envelope = decode(text);
  const shown = $('pre.bytes', button.closest('[data-draft]') || document);
  const bytes = fromUtf8(envelope.payload);
  const same = envelope.type === ENTRY && (await entryId(envelope.payload)) === id && shown && shown.textContent === bytes;
  if (!same) throw problem('bad-text');
  const facts = { bytes, id, parts: parts.join('\n'), key: row.key };
  if (!(await confirmSigning(facts))) return false;
  const sig = await signWith(row, pae(ENTRY, envelope.payload));
  const both = encode(ENTRY, envelope.payload, [...envelope.signatures, { keyid: row.key, sig }]);
  await api(`/api/clearances/${id}`, { json: { envelope: both } });
  window.location.reload();
  return true;
}

export const bindClearance = () =>
  onClick('[data-act="clear"]', (button) => guarded(button, () => clear(button)));
