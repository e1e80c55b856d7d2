// The session of this browser. `signIn` is the one place where a person signs in: on the page for it, after
// enrolment, and again on a page that is open, so that nothing typed is lost. Does not ask which key: signin.js does.

import { unb64 } from './bytes.js';
import { loads } from './canonical.js';
import { $, $$, announce, api, clearProblem, emit, guarded, onClick, page, problem, region, say } from './dom.js';
import { encode, pae, SIGNIN } from './dsse.js';
import { identity, keepIdentity, signWith } from './keys.js';

const FIELDS = 'expires,key,nonce,origin,v';
const windows = 'BroadcastChannel' in window ? new BroadcastChannel('sc-session') : null;

// A challenge made for another site or key must not be answered here. The node may name itself by its
// web origin or by its log's; the latter is the one stored at enrolment, not one that a page gives.
function refuseForeign(payload, row) {
  const challenge = loads(payload);
  const fits = Object.keys(challenge).sort().join() === FIELDS && challenge.v === 1
    && challenge.key === row.key && [window.location.origin, row.log].includes(challenge.origin);
  if (!fits) throw problem('challenge-foreign');
}

// Answers the node's challenge with the key and opens a session; tells all windows of this browser.
export async function signIn(row) {
  const { payload: text } = await api('/api/signin/challenge', { json: { key: row.key } });
  const payload = unb64(text);
  refuseForeign(payload, row);
  const sig = await signWith(row, pae(SIGNIN, payload));
  const envelope = encode(SIGNIN, payload, [{ keyid: row.key, sig }]);
  const { csrf } = await api('/api/signin', { json: { envelope, session: true } });
  await keepIdentity({ ...row, made: Date.now() });
  const told = { key: row.key, csrf };
  if (windows) windows.postMessage(told);
  return told;
}

// The session is there again: opened here, or in another window of this browser.
export function backIn() {
  const bar = $('#signed-out');
  if (!bar || bar.hidden) return;
  bar.hidden = true;
  clearProblem();
  announce(say('signed-in'));
  emit('signed-in');
}

// Forms of this page carry the ended session's token: they get the new one's.
function signedIn({ key, csrf }) {
  if (key !== page().key) return;
  for (const field of $$('input[name="csrf"]')) field.value = csrf;
  backIn();
}

// Says that the session has ended, and opens it again in place, for all windows of this browser.
export function watchSession() {
  const bar = $('#signed-out');
  if (!bar) return;
  let writing = null;
  if (windows) windows.onmessage = ({ data }) => signedIn(data);
  document.addEventListener('sc:signed-out', () => {
    if (!bar.hidden) return;
    region('#offline', '');
    bar.hidden = false;
    announce(bar.textContent.trim());
  });
  bar.addEventListener('focusin', ({ relatedTarget: from }) => {
    if (from && !bar.contains(from)) writing = from;
  });
  onClick('[data-act="sign-in-again"]', (button) => guarded(button, async () => {
    const { key } = page();
    const row = await identity(key);
    if (!row) throw problem('no-key');
    signedIn(await signIn(row));
    if (writing) writing.focus();
  }));
}
