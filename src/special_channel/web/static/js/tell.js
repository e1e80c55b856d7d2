// Notices of the browser, once the reader has asked for them on Notices. The node hands out each once, to whichever
// window asks first; no service outside takes part.

import { api, local } from './dom.js';

export const mayTell = () => 'Notification' in window && Notification.permission === 'granted';

export async function tellNews() {
  if (!mayTell()) return;
  const { items } = await api('/api/notices/shown', { json: {} }).catch(() => ({ items: [] }));
  for (const { id, text, url } of items) {
    // In a window of its own: whoever writes goes on writing.
    new Notification(text, { tag: id }).onclick = () => window.open(local(url));
  }
}
