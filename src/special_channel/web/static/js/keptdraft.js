// What is shown for signing, as the node keeps it until it is signed.

import { api, page, sentences } from './dom.js';

// One text of its drafts is limited in length.
const PIECE = /[^]{1,65000}/gu;
const atNode = (name, method, fields) => api(`/api/drafts/${encodeURIComponent(`sign ${name}`)}`,
  // The page may be left before a deletion is answered.
  method && { method, json: { version: null, fields }, keepalive: method === 'DELETE' });

// What gets a second signature is at the node already: `to` names it.
export async function throughNode(name, draft) {
  const steps = draft.steps.map((step) => ({ ...step, over: undefined }));
  const { found, confirm = [] } = await atNode(name, 'PUT', { draft: JSON.stringify({ ...draft, steps }).match(PIECE) });
  const { fields } = await atNode(name);
  const held = JSON.parse(fields.draft.join(''));
  return { ...held, shown: { ...held.shown, found: sentences(found) }, confirm,
    steps: held.steps.map((step, n) => ({ ...step, over: draft.steps[n].over })) };
}

// A draft that can't be deleted is replaced by the next one of its name.
export const dropAtNode = (name) => page().key && atNode(name, 'DELETE').catch(() => {});
