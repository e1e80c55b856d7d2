// In which functions a draft is signed, and who gets it: the other side, a second official of our side first, or our
// private log alone.

import { $$ } from './dom.js';

const kindOf = ({ make, kind }) => ({ note: 'note.posted', thread: 'thread.opened' })[make] || kind;

// Own functions come before those as a stand-in, as the node lists them. Where none allows an act, the node says why.
export function functionsFor({ steps, functions }) {
  const kinds = steps.flatMap(({ entries = [] }) => entries.map(kindOf));
  if (!kinds.length) return [];
  if (functions) return functions.split(' ').map(Number);
  const all = $$('#strings [data-as]').map(({ dataset }) => dataset);
  const fit = all.filter((held) => kinds.every((kind) => held.kinds.split(' ').includes(kind)));
  return (fit.length ? fit : all.slice(0, 1)).map((held) => Number(held.as));
}

// The roles of which a second official must release these entries first; undefined where the judge asks for
// nobody. The page holds what the judge would ask for, by kind: a note with questions is `asks`.
export function releaseOf(entries) {
  const held = entries.flatMap(({ kind, asks }) => $$(`#strings [data-release="${asks ? 'asks' : kind}"]`));
  return held.length ? [...new Set(held.map(({ textContent }) => textContent))].join('; ') : undefined;
}

// What is said of three ways, wherever it is said: to the other side, to a second official first, or to our private
// log alone (`inside`).
export function showTo(root, release, inside) {
  const to = inside ? 'private' : release === undefined ? 'peer' : 'second';
  for (const el of $$('[data-to]', root)) el.hidden = !el.dataset.to.split(' ').includes(to);
}
