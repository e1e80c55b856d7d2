// Instants from clocks on a wall, and the other way, for the due times of questions.

import { page } from './dom.js';
import { instant } from './payloads.js';

const wall = (at, timeZone) => new Date(at).toLocaleString('sv', { timeZone });

// The instant at which a clock on the wall of `zone` shows `localTime` ("2026-11-26T17:00").
export function instantIn(localTime, zone) {
  const wanted = Date.parse(`${localTime}Z`);
  if (Number.isNaN(wanted)) return '';
  // Swedish writes dates as ISO 8601 does.
  const shown = (at) => Date.parse(`${wall(at, zone).replace(' ', 'T')}Z`);
  // Twice, because the first guess may fall on the other side of a change of the clock.
  let at = wanted - (shown(wanted) - wanted);
  at -= shown(at) - wanted;
  return instant(new Date(at));
}

// One second more: the note states when it was signed, and the judge counts from that.
export const soon = (seconds) => instant(new Date(Math.ceil(Date.now() / 1000 + seconds + 1) * 1000));

export const inBoth = (at, zone) => [page().zone, zone].map((each) => `${wall(at, each)} ${each}`).join(', ');
