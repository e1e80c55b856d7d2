// DSSE: what is signed, what an entry is called, how an envelope is written. Verifies nothing.

import { b64, concat, sha256hex, unb64, utf8 } from './bytes.js';
import { Refusal } from './canonical.js';

export const ENTRY = 'application/vnd.special-channel.entry.v1+json';
export const SIGNIN = 'application/vnd.special-channel.signin.v1+json';

export const pae = (type, payload) =>
  concat(utf8(`DSSEv1 ${utf8(type).length} ${type} ${payload.length} `), payload);

export const entryId = (payload) => sha256hex(pae(ENTRY, payload));

// Canonical by construction: the three names are in order, base64 and key ids need no escapes.
export function encode(type, payload, signatures) {
  const list = signatures.map(({ keyid, sig }) => `{"keyid":"${keyid}","sig":"${b64(sig)}"}`);
  return `{"payload":"${b64(payload)}","payloadType":"${type}","signatures":[${list.join(',')}]}`;
}

export function decode(text) {
  try {
    const { payload, payloadType, signatures } = JSON.parse(text);
    const found = {
      type: payloadType,
      payload: unb64(payload),
      signatures: signatures.map(({ keyid, sig }) => ({ keyid, sig: unb64(sig) })),
    };
    if (encode(found.type, found.payload, found.signatures) === text) return found;
  } catch (error) {
    // One refusal for every way of not being an envelope.
  }
  throw new Refusal('envelope-malformed');
}
