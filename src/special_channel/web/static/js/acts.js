// Acts on people and grants of access: the first signature of an act that the page shows in words, or a second one on
// the very bytes that wait. `data-at` names the page and API of grants. Loaded on its own pages, with all of main.js.

import { fromUtf8 } from './bytes.js';
import { $, api, guarded, local, onClick, problem } from './dom.js';
import { loads } from './canonical.js';
import { decode, ENTRY, entryId } from './dsse.js';
import {} from './main.js';
import { fingerprint } from './newkey.js';
import { nameDraft, signDraft } from './sign.js';

// The holder read the end of the fingerprint: typed or pasted with any blanks, or compared by eye.
async function heldAgainst(card, body) {
  const shown = $('[data-fingerprint]', card);
  if (!shown) return;
  const whole = shown.textContent.replace(/\s/g, '');
  if ((await fingerprint(body)) !== whole) throw problem('bad-text');
  const typed = $('[name="last8"]', card).value.replace(/\s/g, '').toLowerCase();
  const same = typed ? typed.length > 7 && whole.endsWith(typed) : $('[name="by-eye"]', card).checked;
  if (!same) throw problem(typed ? 'act-not-same' : 'act-compare');
}

// The same act was begun since the page was made: whoever may sign it finds it here.
function linkWaiting({ code, facts }, at) {
  const strip = code === 'act-waits' && $('[data-already-waits]');
  if (!strip) return;
  $('a', strip).href = local(`/${at}/${facts.id}`);
  strip.hidden = false;
}

async function signAndList(name, { at = 'people/acts', what, functions }, steps) {
  nameDraft(name, async () => ({ steps, shown: { what }, functions, ask: true }));
  const sent = await signDraft(name).catch((error) => {
    linkWaiting(error, at);
    throw error;
  });
  if (!sent) return false;
  window.location.assign(local(`/${at}`));
  return true;
}

async function signSecond(button) {
  const { ref: id, kind, at } = button.dataset;
  const card = button.closest('[data-act-on-people]');
  const { envelope } = await api(`/api/${at || 'acts'}/${id}`);
  const { type, payload } = decode(envelope);
  const bytes = fromUtf8(payload);
  const same = type === ENTRY && (await entryId(payload)) === id && $('pre.bytes', card).textContent === bytes;
  if (!same) throw problem('bad-text');
  await heldAgainst(card, loads(payload).body);
  return signAndList(kind, button.dataset, [{ over: { id, envelope }, to: { way: 'act', at, id } }]);
}

function beginAct({ dataset }) {
  const { kind, body, ref, log, at, reason } = dataset;
  const entry = { make: 'entry', kind, log, ref: ref || undefined, body: JSON.parse(body) };
  return signAndList(kind, dataset, [{ entries: [entry], to: { way: 'act', at, reason } }]);
}

onClick('[data-act="sign-act"]', (button) => guarded(button, () => signSecond(button)));
onClick('[data-act="begin-act"]', (button) => guarded(button, () => beginAct(button)));
