// Data to sign: the text of an element, or what is at its address if that is too large for the page. Signed only if it is
// what the page was made of.

import { sha256hex, utf8 } from './bytes.js';
import { problem, say } from './dom.js';

const changed = () => problem('data-changed', { next: say('data-changed-next') });

export async function fetched({ textContent, dataset: { url, sha256 } }) {
  if (!url) return textContent;
  const response = await fetch(url).catch(() => {
    throw problem('network', { status: 0 });
  });
  // The file was removed, or can't be read as it was chosen to be read, in another window.
  if ([400, 404, 409].includes(response.status)) throw changed();
  if (!response.ok) throw problem('network', { status: response.status });
  const text = await response.text();
  if ((await sha256hex(utf8(text))) !== sha256) throw changed();
  return text;
}
