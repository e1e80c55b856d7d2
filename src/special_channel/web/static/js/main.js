// Starts what the page needs and nothing else.

import { $, $$, announce, emit, onClick, page, region, say, time } from './dom.js';
import { onKey } from './keysnav.js';
import { openStream } from './live.js';
import { showWaiting } from './menu.js';
import { backIn, watchSession } from './session.js';
import { bindActs, signer, tidyOutbox } from './sign.js';
import { tellNews } from './tell.js';
import { awaitFiles, deliveredUpTo, entryCame, pageMoved } from './timeline.js';
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

// Said only after a while: a stream that comes back at once is no news.
function connection() {
  let timer = 0;
  let said = false;
  return (state) => {
    emit('stream', { state });
    if (state === 'over') {
      clearTimeout(timer);
      timer = 0;
      emit('signed-out');
    } else if (state === 'open') {
      clearTimeout(timer);
      timer = 0;
      region('#offline', '');
      backIn();
      if (said) announce(say('back'));
      said = false;
    } else if (!timer) {
      const text = say('offline', { time: time(Date.now()) });
      timer = setTimeout(() => {
        region('#offline', text);
        said = true;
      }, LOST_AFTER);
    }
  };
}

let fresh = 0;

function elsewhere({ position }) {
  fresh += 1;
  const text = fresh === 1 ? say('new-entry', { position }) : say('new-entries', { count: fresh });
  region('#fresh', text);
  announce(text);
}

function onEvent(type, data) {
  const here = page();
  if (type === 'entry') {
    if (/^(key|machine|person|role|roots)\./.test(data.kind)) forgetDirectory();
    if (data.threads.includes(here.thread)) entryCame(data.id);
    else if ([here.regions, 'part.erased'].includes(data.kind)) pageMoved();
    else if (here.page === 'inbox' || (here.page === 'meeting' && /^point/.test(data.kind))) elsewhere(data);
  }
  if (type === 'private') pageMoved();
  if (type === 'menu') {
    const { title } = document;
    showWaiting(data);
    tellNews();
    if (here.page === 'inbox' && document.title !== title) pageMoved();
  }
  if (type === 'delivered') {
    deliveredUpTo(data.log, data.size);
    if (data.log === here.party) tidyOutbox(data.size);
  }
}

async function write() {
  bindActs();
  tidyOutbox();
  if (!$('[data-needs-key]')) return;
  const row = await signer().catch(() => null);
  for (const button of row ? $$('[data-needs-key]') : []) button.disabled = false;
}

// An address from before may name an entry of another part of a long thread.
function goToEntry({ pathname, search, hash }) {
  const [, entry] = /^#((?:EU|CN)-\d+)$/.exec(hash) || [];
  if (!entry || document.getElementById(entry) || search.includes('at=')) return;
  window.location.replace(`${pathname}?at=${entry}${hash}`);
}

function start() {
  const here = page();
  if (here.page === 'thread') goToEntry(window.location);
  tick();
  for (const el of $$('[data-needs-script]')) el.hidden = false;
  onClick('[data-act="print"]', () => window.print());
  onClick('[data-act="copy"]', ({ dataset: { copy } }) => {
    const text = copy.startsWith('/') ? new URL(copy, window.location).href : copy;
    return navigator.clipboard.writeText(text).then(() => announce(say('copied', { text })));
  });
  if (here.print !== undefined) window.print();
  document.addEventListener('keydown', onKey);
  if (here.key) {
    watchSession();
    tellNews();
    document.addEventListener('sc:signed-in', pageMoved);
    if (here.after !== undefined) {
      const stream = openStream({ url: '/api/stream', after: here.after, on: onEvent, state: connection() });
      document.addEventListener('sc:session', stream.again);
    }
    write();
    verifyPage();
    awaitFiles();
  }
  emit('ready');
}

start();
