// Puts a long form together: a page has at most 400 KB of HTML, so that the texts of a heavy note come in portions. What
// is signed needs all of them. Nobody writes before: the fields are inert until they are whole.

import { $, $$, announce, api, documentOf, problem, put, say } from './dom.js';
import { checkEntry, theDirectory } from './verify.js';

const formOf = (root) => $('form[data-texts]', root);

// A text goes on where the portion before ended; what the page has nothing of comes behind what it has.
function add(portion) {
  for (const block of $$('[data-block]', portion)) {
    const mine = document.getElementById(block.id);
    if (!mine) {
      document.getElementById(block.parentNode.id).append(block);
      continue;
    }
    for (const more of [block, ...$$('[data-piece]', block)].filter(({ dataset }) => dataset.piece !== undefined)) {
      const text = document.getElementById(more.id);
      if (more.defaultValue === undefined) text.append(...more.childNodes);
      else text.defaultValue += more.defaultValue;
    }
  }
}

async function portionAt(path, texts) {
  const portion = await documentOf(path);
  if (!portion) throw problem('texts-lack', { next: say('texts-lack-next') });
  const form = formOf(portion);
  // Somebody translated or erased a paragraph meanwhile, or the session has ended.
  if (!form || form.dataset.texts !== texts) throw problem('texts-changed', { next: say('texts-lack-next') });
  return portion;
}

// Portions say themselves that they belong together. The note that they show is what was signed, or nothing is written.
async function compareSigned({ dataset: { ref } }) {
  const [item, directory] = await Promise.all([api(`/api/entries/${ref}`), theDirectory()]);
  const { code, state, parts } = await checkEntry(item, directory);
  const differs = ({ textContent, dataset: { signed } }) => !parts[signed] || parts[signed].text !== textContent;
  const found = state === 'bad' ? code : $$('[data-signed]').some(differs) && 'bad-text';
  if (found) throw problem(found, { next: say('texts-lack-next') });
}

const nextOf = (root) => ($('#texts [rel="next"]', root) || { getAttribute: () => '' }).getAttribute('href');

// Resolves once the form is whole. Where it can't be, its fields stay inert and the links to its portions stay.
export async function makeWhole() {
  if ($('#texts [rel="prev"]')) {
    // Written on the first page alone.
    window.location.replace(window.location.pathname);
    await new Promise(() => {});
  }
  const form = formOf(document);
  const regions = $$('[data-kind]', form);
  for (const region of regions) region.inert = true;
  // Whoever sends it nevertheless is told why it can't be, not that a field is empty.
  form.noValidate = true;
  put(form, 'saved', say('texts-loading'));
  announce(say('texts-loading'));
  try {
    for (let path = nextOf(document); path;) {
      const portion = await portionAt(path, form.dataset.texts);
      path = nextOf(portion);
      add(portion);
    }
    await compareSigned(form);
  } finally {
    put(form, 'saved', '');
  }
  for (const region of regions) region.inert = false;
  form.noValidate = false;
  $('#texts').remove();
}
