// The session of this browser. `signIn` is the one place where a person signs in: on the page for it, after
// enrolment, and again on a page that is open, so that nothing typed is lost. Does not ask which key: signin.js does.

import { unb64 } from './bytes.js';
import { loads } from './canonical.js';
import { $, $$, announce, api, clearProblem, emit, guarded, onClick, page, problem, region, say, time } from './dom.js';
import { encode, pae, SIGNIN } from './dsse.js';
import { identity, keepIdentity, signWith } from './keys.js';

const WARNED = 120000;
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
  const { csrf, seconds } = await api('/api/signin', { json: { envelope, session: true } });
  await keepIdentity({ ...row, made: Date.now() });
  const told = { key: row.key, csrf, seconds };
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

// Says two minutes ahead that the session ends. A computer that sleeps stops the timer and not the
// session, so the clock decides.
let ends = 0;
let timer = 0;
function watchEnd() {
  const bar = $('#session-ends');
  if (!bar) return;
  const left = ends - Date.now();
  clearTimeout(timer);
  const soon = left > 0 && left <= WARNED;
  if (soon && bar.hidden) {
    region('#session-ends', say('session-ends', { time: time(ends) }));
    announce(bar.textContent.trim());
  } else if (!soon) region('#session-ends', '');
  if (left > 0) timer = setTimeout(watchEnd, soon ? left : left - WARNED);
}

// Forms of this page carry the last session's token: they get the new one's.
function signedIn({ key, csrf, seconds }) {
  if (key !== page().key) return;
  for (const field of $$('input[name="csrf"]')) field.value = csrf;
  ends = Date.now() + seconds * 1000;
  watchEnd();
  backIn();
  emit('session');
}

async function signInAgain() {
  const row = await identity(page().key);
  if (!row) throw problem('no-key');
  signedIn(await signIn(row));
}

// Says that the session ends or has ended, and opens it again in place, for all windows of this browser.
export function watchSession() {
  const bar = $('#signed-out');
  if (!bar) return;
  let writing = null;
  ends = Date.now() + Number(($('#session-ends') || bar).dataset.left || 0) * 1000;
  watchEnd();
  document.addEventListener('visibilitychange', watchEnd);
  const stay = (button) => guarded(button, async () => {
    await signInAgain();
    announce(say('session-stays'));
  });
  onClick('[data-act="stay"]', stay);
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'F8' || event.isComposing || $('#session-ends').hidden) return;
    event.preventDefault();
    stay($('[data-act="stay"]'));
  });
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
    await signInAgain();
    if (writing) writing.focus();
  }));
}
