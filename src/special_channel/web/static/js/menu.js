// How much waits on each page of the menu, on whatever page is open: numbers that the node counted.

import { $$, announce, fill, say } from './dom.js';

export function showWaiting(counts) {
  const news = counts.notices ? `(${counts.notices}) ` : '';
  document.title = news + document.title.replace(/^\(\d+\) /, '');
  for (const slot of $$('[data-nav] .n')) {
    const count = counts[slot.closest('[data-nav]').dataset.nav];
    fill(slot, { count, waiting: say('waiting', { count }) });
    slot.hidden = !count;
    // An item that is there only while something waits.
    const item = slot.closest('[data-arises]');
    if (item) item.hidden = !count;
  }
  // What is to be said of it besides.
  for (const said of $$('[data-waits]')) {
    const some = counts[said.dataset.waits];
    if (some && said.hidden) announce(said.textContent.trim());
    said.hidden = !some;
  }
}
