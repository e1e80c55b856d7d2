// Brings regions of an open page up to date with a document from the node: headline, next steps, charters, and of
// an entry its questions, marks, words and stages. What does not differ stays the same element, with focus, an open
// disclosure and all that is typed. Decides nothing about what is said.

import { $$ } from './dom.js';
import { signer } from './sign.js';
import { verifyAgain } from './verify.js';

// The page's own state, which the node does not know.
const OWN_STATE = ['open', 'disabled', 'hidden', 'tabindex', 'data-proof'];

export async function enableButtons(root) {
  const able = await signer().catch(() => null);
  for (const button of able ? $$('[data-needs-key]', root) : []) button.disabled = false;
  for (const el of $$('[data-needs-script]', root)) el.hidden = false;
}

function renewAttributes(old, made) {
  let changed = false;
  for (const { name } of [...old.attributes, ...made.attributes]) {
    const value = made.getAttribute(name);
    if (OWN_STATE.includes(name) || value === old.getAttribute(name)) continue;
    if (value === null) old.removeAttribute(name);
    else old.setAttribute(name, value);
    changed = true;
  }
  return changed;
}

// Returns whether anything differed. The mark of a check is this browser's, not the node's.
function renew(old, made) {
  if (old.isEqualNode(made) || (old.dataset && old.dataset.check !== undefined)) return false;
  // A button for another entry is another button; what a check shows or hides is no other paragraph.
  const same = old.nodeName === made.nodeName && old.attributes
    && old.dataset.ref === made.dataset.ref && old.dataset.verdict === made.dataset.verdict;
  if (!same) {
    old.replaceWith(made);
    return true;
  }
  let changed = renewAttributes(old, made);
  const had = [...old.childNodes];
  const has = [...made.childNodes];
  had.forEach((child, n) => {
    if (n < has.length) changed = renew(child, has[n]) || changed;
    else child.remove();
  });
  old.append(...has.slice(had.length));
  return changed || had.length !== has.length;
}

// The entry that a region belongs to, and those in it.
const entriesAt = (region) => [region.closest('[data-entry-id]'), ...$$('[data-entry-id]', region)].filter(Boolean);

// Words of an entry are checked again at once. What was found not to be what was signed stays struck.
async function renewRegion(region, made) {
  if (entriesAt(region).some(({ dataset }) => dataset.proof === 'bad') || !renew(region, made)) return;
  if (!$$('[data-content], [data-entry-id]', region).length) return;
  await verifyAgain(entriesAt(region));
}

export async function renewRegions(made) {
  const regions = new Map($$('[data-live]').map((region) => [region.dataset.live, region]));
  for (const fresh of $$('[data-live]', made)) {
    const region = regions.get(fresh.dataset.live);
    // A list that is open is being read: only its count goes on.
    if (!region || (region.dataset.still !== undefined && region.closest('[open]'))) continue;
    const { activeElement } = document;
    await renewRegion(region, fresh);
    if (activeElement !== document.activeElement && !activeElement.isConnected) {
      region.tabIndex = -1;
      region.focus();
    }
  }
}
