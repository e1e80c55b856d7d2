// Enrolment: a one-time code, the roots to compare and pin, a key made and tested here, an entry built
// and signed here, the registrar's confirmation, sign-in. Loaded on the pages of both, with all of main.js.

import { grouped } from './bytes.js';
import { $, api, guarded, onClick, page, say, showProblem } from './dom.js';
import { keepIdentity, pin, pins } from './keys.js';
import {} from './main.js';
import { makeKey } from './newkey.js';
import { nameDraft, signDraft } from './sign.js';
import { confirmed, showStep, startSignIn } from './signin.js';

const CLOCK_LIMIT = 120 * 1000;

const unsupported = (reason) => showStep('unsupported', { reason });

async function showFacts(start) {
  const before = await pins();
  const facts = { ...start, ...start.words, party: say(`side-${start.party}`) };
  let differs = false;
  for (const party of ['eu', 'cn']) {
    const root = start.roots[party];
    if (!root) continue;
    facts[`root_${party}`] = grouped(root);
    differs = differs || (before[party] && before[party].pin !== root);
  }
  showStep('check', facts);
  if (differs) showProblem({ code: 'root-differs' });
}

async function enrol(code, start) {
  for (const [party, root] of Object.entries(start.roots)) await pin({ party, pin: root });
  if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
  const facts = { log: start.log, role: start.role, unit: start.unit, desk: start.desk };
  const row = await makeKey(start.party, facts);
  if (!row) return unsupported(say('no-suite'));
  const { key, suite, public: publicKey } = row;
  const { log, at, seen } = start;
  const describe = async () => ({
    steps: [{
      entries: [{ make: 'entry', kind: 'key.enrolled', body: { person: start.person, suite, public: publicKey } }],
      to: { way: 'enrolment', code, label: $('#computer').value },
    }],
    shown: {},
    ask: false,
  });
  nameDraft('enrolment', describe, { key, log, at, seen });
  await signDraft('enrolment');
  await keepIdentity({ ...row, state: 'waiting' });
  return confirmed(row);
}

function startEnrolment(form) {
  if (!window.isSecureContext || !window.indexedDB) {
    unsupported(say('no-suite'));
    return;
  }
  const { now } = page();
  if (now && Math.abs(Date.parse(now) - Date.now()) > CLOCK_LIMIT) showProblem({ code: 'clock-off' });
  let code = '';
  let start = null;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    guarded($('button', form), async () => {
      code = form.elements.code.value.trim();
      start = await api('/api/enrol/start', { json: { code } });
      await showFacts(start);
    });
  });
  onClick('[data-act="make"]', (button) => guarded(button, () => enrol(code, start)));
}

if (page().page === 'signin') startSignIn();
if ($('#enrol-code')) startEnrolment($('#enrol-code'));
