// The sign-in page: which key of this browser, and what a key that waits for its registrar does.

import { grouped } from './bytes.js';
import { $, $$, api, fill, guarded, local, onClick, problem } from './dom.js';
import { identities, keepIdentity } from './keys.js';
import { fingerprint } from './newkey.js';
import { signIn } from './session.js';

const POLL = 1500;
async function enter(row, next) {
  await signIn(row);
  const asked = new URLSearchParams(window.location.search).get('next');
  window.location.assign(local(next || asked));
}

// Filled before it is shown: whoever looks or listens finds no empty step.
export function showStep(name, words) {
  const section = $(`[data-step="${name}"]`);
  if (section && words) fill(section, words);
  for (const each of $$('[data-step]')) each.hidden = each !== section;
  const focus = section && $('h1, h2, input, button', section);
  if (focus && name !== 'code') {
    if (!focus.hasAttribute('tabindex') && /^H/.test(focus.tagName)) focus.tabIndex = -1;
    focus.focus();
  }
}

// The demo's registrar confirms within a second; a real one by phone, so the page can be left: the
// key waits in this browser, and the sign-in page goes on from here.
export async function confirmed(row) {
  showStep('wait', { fingerprint: grouped(await fingerprint(row)), suite: row.suite });
  for (;;) {
    const { state } = await api(`/api/enrol/status?key=${encodeURIComponent(row.key)}`);
    if (state === 'confirmed') break;
    if (state === 'refused') throw problem('enrolment-refused');
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
  await keepIdentity({ ...row, state: 'enrolled' });
  showStep('done');
  return enter({ ...row, state: 'enrolled' });
}

export async function startSignIn() {
  const rows = await identities().catch(() => []);
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
  showStep(rows.length ? 'signin' : 'lost');
  if (!rows.length) return;
  onClick('[data-act="signin"]', (button) => guarded(button, () => {
    const row = rows.find(({ key }) => select && key === select.value) || rows[0];
    return row.state === 'waiting' ? confirmed(row) : enter(row, button.dataset.next);
  }));
}
