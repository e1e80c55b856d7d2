// Starts what the page needs and nothing else.

import { bindClearance } from './clear.js';
import { startComposer } from './compose.js';
import { $, $$, announce, fill, onClick, page, say, time } from './dom.js';
import { startEnrolment } from './enrol.js';
import { onKey } from './keysnav.js';
import { openStream } from './live.js';
import { bindActs, signer, tidyOutbox } from './sign.js';
import { startSignIn } from './signin.js';
import { addEntry, deliveredUpTo } from './timeline.js';
import { forgetDirectory, verifyPage } from './verify.js';

const LOST_AFTER = 3000;

function tick() {
  const now = new Date();
  for (const clock of $$('[data-clock]')) clock.textContent = time(now, clock.dataset.clock);
  for (const shared of $$('[data-shared-until]')) {
    const minutes = Math.ceil((Date.parse(shared.dataset.sharedUntil) - now) / 60000);
    const text = say('shared-left', { minutes });
    if (minutes <= 0) (shared.closest('.both') || shared).hidden = true;
    else if (text) shared.textContent = text;
  }
  setTimeout(tick, 60050 - (now % 60000));
}

function connection() {
  let timer = 0;
  let lost = '';
  return (state) => {
    document.dispatchEvent(new CustomEvent('sc:stream', { detail: { state } }));
    const box = $('#offline');
    if (state === 'open') {
      clearTimeout(timer);
      timer = 0;
      if (box && !box.hidden) {
        box.hidden = true;
        announce(say('back'));
      }
      lost = '';
    } else if (!timer) {
      lost = lost || new Date();
      timer = setTimeout(() => {
        if (!box) return;
        fill(box, { text: say('offline', { time: time(lost) }) });
        box.hidden = false;
      }, LOST_AFTER);
    }
  };
}

let fresh = 0;

function elsewhere({ position }) {
  fresh += 1;
  const text = fresh === 1 ? say('new-entry', { position }) : say('new-entries', { count: fresh });
  const box = $('#fresh');
  if (box) {
    fill(box, { text });
    box.hidden = false;
  }
  announce(text);
}

function onEvent(type, data) {
  const here = page();
  if (type === 'entry') {
    if (/^key\./.test(data.kind)) forgetDirectory();
    if (here.thread && data.thread === here.thread) addEntry(data);
    else if (here.page === 'inbox') elsewhere(data);
  }
  if (type === 'delivered') {
    deliveredUpTo(data.log, data.size);
    if (hasOutbox()) tidyOutbox();
  }
}

async function write() {
  bindActs();
  if (hasOutbox()) tidyOutbox();
  if ($('[data-act="clear"]')) bindClearance();
  if ($('#compose')) startComposer();
  else if ($('[data-needs-key]')) {
    const row = await signer().catch(() => null);
    for (const button of row ? $$('[data-needs-key]') : []) button.disabled = false;
  }
}

function hasOutbox() {
  try {
    return Boolean(localStorage.getItem('sc-outbox'));
  } catch (error) {
    return false;
  }
}

function start() {
  const here = page();
  tick();
  for (const el of $$('[data-needs-script]')) el.hidden = false;
  onClick('[data-act="print"]', () => window.print());
  document.addEventListener('keydown', onKey);
  if (here.page === 'enrol') startEnrolment();
  if (here.page === 'signin') startSignIn();
  if (here.key) {
    if (here.after !== undefined) openStream({ url: '/api/stream', after: here.after, on: onEvent, state: connection() });
    write();
    verifyPage();
  }
  document.dispatchEvent(new CustomEvent('sc:ready'));
}

start();
