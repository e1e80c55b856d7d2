// Data to sign: the text of an element, or what is at its address if that is too large for the page. Signed only if it is
// what the page was made of.

import { sha256hex, utf8 } from './bytes.js';
import { problem } from './dom.js';

export async function fetched({ textContent, dataset: { url, sha256 } }) {
  if (!url) return textContent;
  const response = await fetch(url).catch(() => {
    throw problem('network', { status: 0 });
  });
  if (!response.ok) throw problem('network', { status: response.status });
  const text = await response.text();
  if ((await sha256hex(utf8(text))) !== sha256) throw problem('bad-text');
  return text;
}
