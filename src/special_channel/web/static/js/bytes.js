// Bytes, hex, base64, SHA-256. Holds no format of the channel.

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const utf8 = (text) => encoder.encode(text);
export const fromUtf8 = (bytes) => decoder.decode(bytes);

export const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');

export function unhex(text) {
  need(/^(?:[0-9a-f]{2})*$/.test(text));
  return Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));
}

export function b64(bytes) {
  let text = '';
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}

// Whoever reads a format says what must hold; its caller names the fault.
export function need(holds) {
  if (!holds) throw new Error('malformed');
}

// atob forgives blanks and missing padding; the formats don't.
export function unb64(text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  need(b64(bytes) === text);
  return bytes;
}

export function concat(...pieces) {
  const whole = new Uint8Array(pieces.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

export const equal = (a, b) => a.length === b.length && a.every((x, i) => x === b[i]);
export const random = (size) => crypto.getRandomValues(new Uint8Array(size));
export const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
export const sha256hex = async (bytes) => hex(await sha256(bytes));

// For reading aloud: groups of four.
export const grouped = (text) => text.replace(/.{4}(?=.)/g, '$& ');
