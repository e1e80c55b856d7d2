// The hold before a note is sent: its signature is in this page alone until the seconds are over, and gone with the
// page. Signs nothing and sends nothing; sign.js waits for what `holdNote` resolves to.

import { $, announce, fill, say } from './dom.js';

// Seconds before the end at which the time is said once more to who does not see it.
const SPOKEN = 5;

// Resolves to 'send', to 'stop' if the official takes the note back, or to 'left' with the page. `soon()` tells whether
// a date does not wait for that many seconds. Typing stops it: what was signed is no longer what is in the form.
export function holdNote(form, seconds, { soon, words }) {
  const bar = $('[data-hold-bar]', form);
  const progress = $('progress', bar);
  // Seconds in which the page ran: a computer that slept sends nothing on waking without showing it.
  let rest = seconds;
  const show = () => {
    fill(bar, { left: say(words, { seconds: rest }) });
    progress.value = rest;
  };
  return new Promise((resolve) => {
    const ends = new AbortController();
    const { signal } = ends;
    const done = (how) => {
      clearInterval(timer);
      ends.abort();
      form.toggleAttribute('data-holding', false);
      resolve(how);
    };
    const timer = setInterval(() => {
      rest -= 1;
      if (rest <= 0 || soon(rest)) return done('send');
      if (rest === SPOKEN) announce(say(words, { seconds: rest }));
      return show();
    }, 1000);
    progress.max = seconds;
    show();
    form.toggleAttribute('data-holding', true);
    const stop = $('[data-act="stop-sending"]', bar);
    stop.addEventListener('click', () => done('stop'), { signal });
    $('[data-act="send-now"]', bar).addEventListener('click', () => done('send'), { signal });
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && !event.isComposing && !$('dialog[open]')) done('stop');
    }, { signal });
    form.addEventListener('input', () => done('stop'), { signal });
    window.addEventListener('pagehide', () => done('left'), { signal });
    stop.focus();
    announce(`${say(words, { seconds })} ${say('hold-stop')}`);
  });
}
