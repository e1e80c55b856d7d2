// The two signatures by which the private log goes on after a loss: a registrar's, then a second person's
// over the very bytes that the page shows. Loaded on its own page, with all of main.js.

import { fromUtf8 } from './bytes.js';
import { $, api, guarded, onClick, problem } from './dom.js';
import { decode, ENTRY, entryId } from './dsse.js';
import {} from './main.js';
import { actOf, nameDraft, signDraft } from './sign.js';

const RESTORED = 'private.restored';

// Its own route: the guard is given up in the same step, and without a second signature nothing is stored.
async function accept(step, what) {
  nameDraft(RESTORED, async () => ({ steps: [{ ...step, to: { way: 'recovery' } }], shown: { what }, ask: true }));
  if (!(await signDraft(RESTORED))) return false;
  window.location.reload();
  return true;
}

const begin = async ({ dataset }) => accept({ entries: [await actOf({ ...dataset, sign: RESTORED })] }, dataset.what);

async function finishAccepting({ dataset }) {
  const { pending } = await api('/api/recovery');
  if (!pending) throw problem('bad-missing');
  const { type, payload } = decode(pending);
  const [bytes, id] = [fromUtf8(payload), await entryId(payload)];
  if (type !== ENTRY || id !== dataset.ref || $('[data-signed]').textContent !== bytes) throw problem('bad-text');
  return accept({ over: { id, envelope: pending } }, dataset.what);
}

onClick('[data-act="accept-loss"]', (button) => guarded(button, () => begin(button)));
onClick('[data-act="accept-loss-too"]', (button) => guarded(button, () => finishAccepting(button)));
