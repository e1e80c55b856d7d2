// Disclosures: content with a random salt, and the commitment that is signed. Builds and opens
// them; what a kind may carry is for payloads.js and the node.

import { b64, concat, fromUtf8, need, random, sha256hex, utf8 } from './bytes.js';
import { dumps, loads } from './canonical.js';

const DOMAIN = utf8('special-channel/part/v1\n');
const LIMITS = { maxBytes: 1024 * 1024, maxDepth: 8 };
const MAX_TEXT = 256 * 1024;

export const commitment = (disclosure) => sha256hex(concat(DOMAIN, utf8(disclosure)));

// Returns {k, c, text}: role and commitment for the payload, text to send beside it.
async function seal(role, content) {
  const text = fromUtf8(dumps({ ...content, role, salt: b64(random(32)) }, LIMITS.maxDepth));
  const most = content.data ? LIMITS.maxBytes : MAX_TEXT;
  if (utf8(text).length > most) throw Object.assign(new Error('too-long'), { code: 'too-long' });
  return { k: role, c: await commitment(text), text };
}

export const subjectPart = (text) => seal('subject', { text });
export const textPart = (text) => seal('text', { text });
export const sheetPart = (type, data) => seal('data', { type, data });
export const filePart = ({ name, type, len, sha256 }) => seal('file', { name, type, len, sha256 });

// A data part as the page shows it; only the salt is drawn anew.
export const dataPart = (text) => seal('data', loads(utf8(text), LIMITS));

// Throws unless the disclosure is the one that was signed as `{k, c}`.
export async function openPart({ k, c }, disclosure) {
  need((await commitment(disclosure)) === c);
  const content = loads(utf8(disclosure), LIMITS);
  need(content.role === k && typeof content.salt === 'string');
  return content;
}

// What no signed text may hold: tabs become blanks, the other controls go. Done before the exact bytes
// are shown, so that nothing changes behind the author's back.
export const plain = (text) =>
  text.replace(/\r\n?/g, '\n').replace(/\t/g, ' ').replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '');

export const oneLine = (text) => plain(text).replace(/[\n\u2028\u2029]+/g, ' ').trim();

// One part per paragraph, so that one can be withheld or erased with the rest still proven.
export const paragraphs = (text) =>
  plain(text)
    .split(/\n(?:[^\S\n]*\n)+/)
    .map((block) => block.replace(/^\n+|\s+$/g, ''))
    .filter((block) => block.trim());
