// The registrar's confirmation of a key: the second signature on the key's entry and, where its holder has no
// function yet, the entry that grants it, in one act. Loaded on its own page, with all of main.js.

import { $, api, guarded, onClick, problem } from './dom.js';
import { loads } from './canonical.js';
import { decode, ENTRY, entryId } from './dsse.js';
import {} from './main.js';
import { fingerprint } from './newkey.js';
import { nameDraft, signDraft } from './sign.js';

// The holder read the fingerprint that the page shows: it has to be that of the very key which is signed.
async function confirmKey(button) {
  const { key, ref, grant, what } = button.dataset;
  const { enrolments } = await api('/api/enrolments');
  const found = enrolments.find((each) => each.key === key);
  if (!found) throw problem('bad-missing');
  const { type, payload } = decode(found.envelope);
  const id = await entryId(payload);
  const { textContent: read } = $('[data-fingerprint]', button.closest('li'));
  const same = (await fingerprint(loads(payload).body)) === read.replace(/\s/g, '');
  if (type !== ENTRY || id !== ref || !same) throw problem('bad-text');
  const entries = grant ? [{ make: 'entry', kind: 'role.granted', body: JSON.parse(grant) }] : [];
  nameDraft(`confirm ${key}`, async () => ({
    steps: [{ over: { id, envelope: found.envelope }, entries, to: { way: 'confirmation', key } }],
    shown: { what, both: true },
    ask: true,
  }));
  if (!(await signDraft(`confirm ${key}`))) return false;
  window.location.reload();
  return true;
}

onClick('[data-act="confirm-key"]', (button) => guarded(button, () => confirmKey(button)));
