// Starts what the page needs and nothing else: reading costs three small files.

import { $, $$, announce, fill, page, say, time } from './dom.js';
import { openStream } from './live.js';

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

async function handle(type, data) {
  const here = page();
  if (type === 'entry') {
    if (/^key\./.test(data.kind)) document.dispatchEvent(new Event('sc:keys'));
    if (here.thread && data.thread === here.thread) (await import('./timeline.js')).addEntry(data);
    else if (here.page === 'inbox') elsewhere(data);
  }
  if (type === 'delivered') {
    if (here.thread) (await import('./timeline.js')).deliveredUpTo(data.log, data.size);
    if (hasOutbox()) (await import('./sign.js')).tidyOutbox();
  }
}

// One after the other, so that waiting for a file never changes the order.
let events = Promise.resolve();
const onEvent = (type, data) => {
  events = events.then(() => handle(type, data)).catch(() => {});
};

async function write() {
  const { bindActs, signer, tidyOutbox } = await import('./sign.js');
  bindActs();
  if (hasOutbox()) tidyOutbox();
  if ($('[data-act="clear"]')) (await import('./clear.js')).bindClearance();
  if ($('#compose')) (await import('./compose.js')).startComposer();
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

async function start() {
  const here = page();
  tick();
  for (const el of $$('[data-needs-script]')) el.hidden = false;
  document.addEventListener('click', (event) => {
    if (event.target.closest && event.target.closest('[data-act="print"]')) window.print();
  });
  // The keyboard's file comes with the first key; that key is not lost.
  let keys = null;
  document.addEventListener('keydown', (event) => {
    if (keys) keys.onKey(event);
    else {
      const single = event.key === '/' || (event.key === 'Enter' && (event.ctrlKey || event.metaKey));
      if (single) event.preventDefault();
      import('./keysnav.js').then((module) => {
        keys = module;
        keys.onKey(event);
      });
    }
  });
  if (here.page === 'enrol') (await import('./enrol.js')).startEnrolment();
  if (here.page === 'signin') await (await import('./signin.js')).startSignIn();
  if (here.key) {
    if (here.after !== undefined) openStream({ url: '/api/stream', after: here.after, on: onEvent, state: connection() });
    if ($('[data-needs-key], [data-sign], #compose') || hasOutbox()) write();
    if ($('[data-entry-id]')) (await import('./verify.js')).verifyPage();
  }
  document.dispatchEvent(new CustomEvent('sc:ready'));
}

start();
