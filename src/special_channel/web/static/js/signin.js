// Sign-in: the node's challenge, checked before it is signed, under its own payload type.

import { unb64 } from './bytes.js';
import { loads } from './canonical.js';
import { $, $$, api, clearProblem, local, problem, say, showProblem } from './dom.js';
import { encode, pae, SIGNIN } from './dsse.js';
import { identities, keepIdentity, signWith } from './keys.js';

const FIELDS = 'expires,key,nonce,origin,v';

// A challenge made for another site or key must not be answered here. The node may name itself by its
// web origin or by its log's; the latter is the one stored at enrolment, not one that a page gives.
function refuseForeign(payload, row) {
  const challenge = loads(payload);
  const fits = Object.keys(challenge).sort().join() === FIELDS && challenge.v === 1
    && challenge.key === row.key && [window.location.origin, row.log].includes(challenge.origin);
  if (!fits) throw problem('challenge-foreign', say('challenge-foreign'));
}

export async function signIn(row, next) {
  const { payload: text } = await api('/api/signin/challenge', { method: 'POST', json: { key: row.key } });
  const payload = unb64(text);
  refuseForeign(payload, row);
  const sig = await signWith(row, pae(SIGNIN, payload));
  const envelope = encode(SIGNIN, payload, [{ keyid: row.key, sig }]);
  await api('/api/signin', { method: 'POST', json: { envelope, session: true } });
  await keepIdentity({ ...row, made: Date.now() });
  const asked = new URLSearchParams(window.location.search).get('next');
  window.location.assign(local(next || asked));
}

export async function startSignIn() {
  const rows = await identities().catch(() => []);
  const steps = $$('[data-step]');
  const show = (name) => steps.forEach((section) => { section.hidden = section.dataset.step !== name; });
  if (!rows.length) {
    show('lost');
    return;
  }
  show('signin');
  const select = $('select[name="key"]');
  if (select) {
    select.replaceChildren(...rows.map((row) => {
      const option = document.createElement('option');
      option.value = row.key;
      option.textContent = [row.desk, row.role, row.key.slice(0, 11)].filter(Boolean).join(' · ');
      return option;
    }));
    (select.closest('label, p, div') || select).hidden = rows.length < 2;
  }
  for (const button of $$('[data-act="signin"]')) {
    button.disabled = false;
    button.addEventListener('click', async (event) => {
      event.preventDefault();
      clearProblem();
      button.disabled = true;
      const row = rows.find(({ key }) => select && key === select.value) || rows[0];
      try {
        if (row.state === 'waiting') await (await import('./enrol.js')).confirmed(row);
        else await signIn(row, button.dataset.next);
      } catch (error) {
        showProblem(error);
      } finally {
        button.disabled = false;
      }
    });
  }
}
