// The two signatures by which the private log goes on after a loss: a registrar's, then a second person's
// over the very bytes that the page shows. Loaded on its own page, with all of main.js.

import { fromUtf8 } from './bytes.js';
import { $, api, guarded, onClick, problem } from './dom.js';
import { decode, encode, ENTRY, entryId, pae } from './dsse.js';
import { signWith } from './keys.js';
import {} from './main.js';
import { actOf, author, confirmSigning, factsOf, signed, signer } from './sign.js';

const RESTORED = 'private.restored';

// Its own route: the guard is given up in the same step, and without a second signature nothing is stored.
async function accept(envelope) {
  await api('/api/recovery/private', { json: { envelope, parts: [] } });
  window.location.reload();
  return true;
}

async function begin({ dataset }) {
  const { row, who } = await author();
  const built = await actOf(who, { ...dataset, sign: RESTORED });
  if (!(await confirmSigning({ ...factsOf(row, [built]), what: dataset.what }))) return false;
  return accept(await signed(row, built));
}

async function finishAccepting({ dataset }) {
  const [row, { pending }] = await Promise.all([signer(), api('/api/recovery')]);
  if (!pending) throw problem('bad-missing');
  const { type, payload, signatures } = decode(pending);
  const [bytes, id] = [fromUtf8(payload), await entryId(payload)];
  if (type !== ENTRY || id !== dataset.ref || $('[data-signed]').textContent !== bytes) throw problem('bad-text');
  if (!(await confirmSigning({ what: dataset.what, bytes, id, key: row.key }))) return false;
  const sig = await signWith(row, pae(ENTRY, payload));
  return accept(encode(ENTRY, payload, [...signatures, { keyid: row.key, sig }]));
}

onClick('[data-act="accept-loss"]', (button) => guarded(button, () => begin(button)));
onClick('[data-act="accept-loss-too"]', (button) => guarded(button, () => finishAccepting(button)));
