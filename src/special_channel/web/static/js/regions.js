// What a page says beside its entries: headline, next steps, charters; and what became of an entry: dates,
// outcomes, words that are gone. Asked of the node anew after each entry, as the page would show it now; what
// differs is put in place. What does not differ stays the same element, with
// focus, an open disclosure and all that is typed. Decides nothing about what is said.

import { $, $$, documentOf, page } from './dom.js';
import { signer } from './sign.js';
import { verifyAgain } from './verify.js';

// The page's own state, which the node does not know.
const OWN_STATE = ['open', 'disabled', 'hidden', 'tabindex', 'data-proof'];

function renew(old, made) {
  if (old.isEqualNode(made)) return;
  // A button for another entry is another button.
  const same = old.nodeName === made.nodeName && old.attributes && old.dataset.ref === made.dataset.ref;
  if (!same) {
    old.replaceWith(made);
    return;
  }
  for (const { name } of [...old.attributes, ...made.attributes]) {
    const value = made.getAttribute(name);
    if (OWN_STATE.includes(name)) continue;
    if (value === null) old.removeAttribute(name);
    else old.setAttribute(name, value);
  }
  const children = [...made.childNodes];
  [...old.childNodes].forEach((child, n) => (children[n] ? renew(child, children[n]) : child.remove()));
  old.append(...children.slice(old.childNodes.length));
}

// Words of an entry are checked again at once. What was found not to be what was signed stays struck.
async function renewRegion(region, made) {
  const checked = () => [region.closest('[data-entry-id]'), ...$$('[data-entry-id]', region)].filter(Boolean);
  if (!made || region.isEqualNode(made) || checked().some(({ dataset }) => dataset.proof === 'bad')) return;
  renew(region, made);
  await Promise.all(checked().map(verifyAgain));
}

export async function renewRegions() {
  const { pathname, search } = window.location;
  const made = page().regions !== undefined && await documentOf(`${pathname}/now${search || '?'}&lang=${page().lang}`);
  if (!made) return;
  const able = await signer().catch(() => null);
  for (const button of able ? $$('[data-needs-key]', made) : []) button.disabled = false;
  for (const region of $$('[data-live]')) {
    const { activeElement } = document;
    await renewRegion(region, $(`[data-live="${region.dataset.live}"]`, made));
    if (activeElement !== document.activeElement && !activeElement.isConnected) {
      region.tabIndex = -1;
      region.focus();
    }
  }
}
