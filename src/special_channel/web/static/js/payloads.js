// Builds the payloads that officials sign in the browser, one function a kind, following
// core/entries. Takes values, reads no page; whether an entry is allowed is the node's to judge.

import { dumps } from './canonical.js';
import { ENTRY, pae } from './dsse.js';
import { sha256hex, hex, random } from './bytes.js';
import { dataPart, filePart, oneLine, paragraphs, plain, subjectPart, textPart } from './parts.js';

export const instant = (date = new Date()) => `${date.toISOString().slice(0, 19)}Z`;
export const newThread = () => hex(random(16));

// `who` is {log, by, at, seen}. Returns what is signed, its id, and the disclosures beside it.
export async function finish(who, fields, sealed = []) {
  const entry = { v: 1, log: who.log, by: who.by, at: who.at, seen: who.seen, ...fields };
  if (sealed.length) entry.parts = sealed.map(({ k, c }) => ({ k, c }));
  for (const name of Object.keys(entry)) if (entry[name] === undefined) delete entry[name];
  const payload = dumps(entry);
  const bytes = pae(ENTRY, payload);
  return { entry, payload, pae: bytes, id: await sha256hex(bytes), parts: sealed.map((p) => p.text) };
}

const range = (from, count) => Array.from({ length: count }, (_, i) => from + i);

// note: {thread, lang, text, translation?: {lang, text}, asks: [{text, textTr, who, due, rule?,
// provisional?}],
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

export async function threadOpened(who, { thread, lang, subject, translation, batch, applications, marking }) {
  const sealed = [await subjectPart(oneLine(subject))];
  if (translation) sealed.push(await subjectPart(oneLine(translation.text)));
  const body = { batch, applications };
  if (translation) body.translation = { lang: translation.lang, parts: [1] };
  return finish(who, { kind: 'thread.opened', thread, lang, marking: marking || undefined, body }, sealed);
}

// data: the text of a data part, or nothing.
export const act = async (who, kind, { thread, ref, body, data }) =>
  finish(who, { kind, thread, ref: ref || undefined, body }, data ? [await dataPart(data)] : []);

export const keyEnrolled = (who, { suite, public: publicKey, role, unit, desk }) =>
  finish(who, { kind: 'key.enrolled', body: { suite, public: publicKey, role, unit, desk } });
