// Builds the payloads that officials sign in the browser, one function a kind, following
// core/entries. Takes values, reads no page; whether an entry is allowed is the node's to judge.

import { dumps } from './canonical.js';
import { ENTRY, pae } from './dsse.js';
import { sha256hex, hex, random } from './bytes.js';
import { filePart, oneLine, paragraphs, plain, subjectPart, textPart } from './parts.js';

export const instant = (date = new Date()) => `${date.toISOString().slice(0, 19)}Z`;
export const newThread = () => hex(random(16));

// `who` is {log, by, at, seen}, and `as` for another function than the first. Returns what is signed, its id, and the
// disclosures beside it.
export async function finish(who, fields, sealed = []) {
  const entry = { v: 1, log: who.log, by: who.by, as: who.as, at: who.at, seen: who.seen, ...fields };
  if (sealed.length) entry.parts = sealed.map(({ k, c }) => ({ k, c }));
  // Acknowledgements and marks name entries in their body: here the one that a page gives as `ref`, if it does.
  const { kind, ref: id, body } = entry;
  const point = kind === 'point.marked';
  if (point || (id && kind === 'note.acknowledged')) {
    const parts = range(0, sealed.length);
    const mark = parts.length ? { id, word: 'differed', parts } : { id, word: 'agreed' };
    entry.body = { ...body, entries: [point ? mark : id] };
    delete entry.ref;
  }
  for (const name of Object.keys(entry)) if (entry[name] === undefined) delete entry[name];
  const payload = dumps(entry);
  const bytes = pae(ENTRY, payload);
  return { entry, payload, pae: bytes, id: await sha256hex(bytes), parts: sealed.map((p) => p.text) };
}

const range = (from, count) => Array.from({ length: count }, (_, i) => from + i);

// note: {thread, lang, text, translation?: {lang, text}, asks: [{text, textTr, who, due, rule?,
// provisional?, promise?}],
// answers: [{id, q: []}], files: [], charter, calendar?, marking?}. An ask's words are paragraphs of
// the note, so that they are proven, translated and erased like the others.
export async function notePosted(who, note) {
  const own = paragraphs(note.text);
  const firstAsk = own.length;
  own.push(...note.asks.map((ask) => plain(ask.text).trim()));
  const other = note.translation ? paragraphs(note.translation.text) : [];
  other.push(...note.asks.map((ask) => plain(ask.textTr || '').trim()).filter(Boolean));
  const sealed = await Promise.all([...[...own, ...other].map(textPart), ...note.files.map(filePart)]);
  const asks = note.asks.map((ask, i) => ({
    q: String(i + 1),
    who: ask.who,
    due: ask.due,
    charter: note.charter,
    part: firstAsk + i,
    ...(ask.rule ? { rule: ask.rule } : {}),
    ...(note.calendar ? { calendar: note.calendar } : {}),
    ...(ask.provisional ? { provisional: true } : {}),
    ...(ask.promise ? { promise: ask.promise } : {}),
  }));
  const body = other.length
    ? { translation: { lang: note.translation.lang, parts: range(own.length, other.length) } }
    : {};
  return finish(who, {
    kind: 'note.posted',
    thread: note.thread,
    lang: note.lang,
    marking: note.marking || undefined,
    body,
    asks: asks.length ? asks : undefined,
    answers: note.answers.length ? note.answers : undefined,
  }, sealed);
}

// An entry that is its words and its body: parts of role `k`, those of a courtesy translation last.
export async function written(who, { body, ...fields }, k, text, translation) {
  const make = k === 'subject' ? subjectPart : textPart;
  const pieces = (words) => (k === 'subject' ? [oneLine(words)].filter(Boolean) : paragraphs(words));
  const own = pieces(text);
  const other = translation ? pieces(translation.text) : [];
  const sealed = await Promise.all([...own, ...other].map(make));
  const said = { ...body };
  if (other.length) said.translation = { lang: translation.lang, parts: range(own.length, other.length) };
  for (const name of Object.keys(said)) if (said[name] === undefined) delete said[name];
  return finish(who, { ...fields, lang: k && fields.lang, body: said }, sealed);
}

export const threadOpened = (who, { subject, translation, batch, applications, thread, lang, marking }) => {
  const fields = { kind: 'thread.opened', thread, lang, marking: marking || undefined, body: { batch, applications } };
  return written(who, fields, 'subject', subject, translation);
};
