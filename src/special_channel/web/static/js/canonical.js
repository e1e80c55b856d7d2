// Canonical JSON: RFC 8785 inside the channel's profile (docs/formats). Knows no schema and
// doesn't normalise: what was typed is what is signed.

import { fromUtf8, utf8 } from './bytes.js';

export const MAX_BYTES = 32 * 1024;
export const MAX_DEPTH = 6;

const KEY = /^[a-z][a-z0-9_.]{0,31}$/;
// C0 controls but LF; with the `u` flag a surrogate class matches lone ones only.
const FORBIDDEN = /[\u0000-\u0009\u000b-\u001f]|\p{Surrogate}/u;

export class Refusal extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

function encodeValue(value, levels) {
  if (typeof value === 'string') {
    if (FORBIDDEN.test(value)) throw new Refusal('json-string');
    return JSON.stringify(value);
  }
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new Refusal('json-number');
    return JSON.stringify(value);
  }
  if (value === null) throw new Refusal('json-null');
  if (typeof value !== 'object') throw new Refusal('json-malformed');
  if (levels === 0) throw new Refusal('json-too-deep');
  if (Array.isArray(value)) return `[${value.map((item) => encodeValue(item, levels - 1)).join(',')}]`;
  const members = Object.keys(value).sort().map((key) => {
    if (!KEY.test(key)) throw new Refusal('json-key');
    return `"${key}":${encodeValue(value[key], levels - 1)}`;
  });
  return `{${members.join(',')}}`;
}

// Members that are undefined would vanish in JSON.stringify; here they are refused.
export const dumps = (value, maxDepth = MAX_DEPTH) => utf8(encodeValue(value, maxDepth));

export function loads(bytes, { maxBytes = MAX_BYTES, maxDepth = MAX_DEPTH } = {}) {
  if (bytes.length > maxBytes) throw new Refusal('json-too-large');
  let text;
  let value;
  try {
    text = fromUtf8(bytes);
    value = JSON.parse(text);
  } catch (error) {
    throw new Refusal('json-malformed');
  }
  if (encodeValue(value, maxDepth) !== text) throw new Refusal('json-not-canonical');
  return value;
}
