// Builds the entries of a draft, as `sign.js` shows and signs them: each by the builder that it names, in its order.

import { dataPart, filePart, sheetPart, subjectPart, textPart } from './parts.js';
import { finish, notePosted, threadOpened, written } from './payloads.js';

// `texts` and `sheet` become parts in this order; `data` is the text of a data part; `files` come last.
async function plainEntry(who, { sheet, texts = [], data, files = [], ...fields }) {
  const parts = [sheet && sheetPart(sheet.of, sheet.rows), ...texts.map(textPart), data && dataPart(data),
    ...files.map(filePart)];
  return finish(who, fields, await Promise.all(parts.filter(Boolean)));
}

// A signed draft with other texts, by place; all its other parts stay byte for byte.
async function changedEntry(who, { kind, fields, parts, texts }) {
  const sealed = await Promise.all(parts.map((part, n) =>
    (texts[n] === undefined ? part : (part.k === 'subject' ? subjectPart : textPart)(texts[n]))));
  return finish(who, { kind, ...fields }, sealed);
}

const BUILDERS = {
  changed: changedEntry,
  entry: plainEntry,
  note: notePosted,
  thread: threadOpened,
  written: (who, { k, text, translation, ...fields }) => written(who, fields, k, text, translation),
};

const NO_MARKING = 'none';

// An entry without a marking has no field for it. `ref: 'first'` names the first entry of the same request, `next: 'first'`
// and `id: 'first'` in a body the draft that was changed, or that reasons are about.
export async function build(who, entries) {
  const built = [];
  for (const { make, log = who.log, ...fields } of entries) {
    if (fields.marking === NO_MARKING) fields.marking = undefined;
    if (fields.ref === 'first') fields.ref = built.length ? built[0].id : undefined;
    for (const name of ['next', 'id']) {
      if (fields.body && fields.body[name] === 'first') fields.body = { ...fields.body, [name]: built[0].id };
    }
    built.push(await BUILDERS[make]({ ...who, log }, fields));
  }
  return built;
}
