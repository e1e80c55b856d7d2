// Signature suites through WebCrypto. A suite belongs to a key, never to a message. Stores no keys.

import { concat, hex, sha256, unb64, utf8 } from './bytes.js';

export const SUITES = {
  ed25519: { key: { name: 'Ed25519' }, use: { name: 'Ed25519' }, size: 32 },
  es256: {
    key: { name: 'ECDSA', namedCurve: 'P-256' },
    use: { name: 'ECDSA', hash: 'SHA-256' },
    size: 65,
  },
};

export const known = (suite) => Object.prototype.hasOwnProperty.call(SUITES, suite);

export async function keyId(party, suite, publicKey) {
  const digest = await sha256(concat(utf8(suite), new Uint8Array(1), publicKey));
  return `${party}:${hex(digest).slice(0, 32)}`;
}

export const sign = async (suite, privateKey, message) =>
  new Uint8Array(await crypto.subtle.sign(SUITES[suite].use, privateKey, message));

const imported = new Map();

function load(suite, text) {
  const name = `${suite} ${text}`;
  if (!imported.has(name)) {
    imported.set(name, crypto.subtle.importKey('raw', unb64(text), SUITES[suite].key, false, ['verify']));
  }
  return imported.get(name);
}

// Loaded where WebCrypto lacks Ed25519, and nowhere else. Not loaded, it says nothing about a signature.
const byHand = () => import('./ed25519.js').catch(() => {
  throw Object.assign(new Error('unknown-suite'), { code: 'unknown-suite' });
});

// `text` is the public key in base64. True or false, and false for a suite that isn't `known`.
export async function verify(suite, text, signature, message) {
  try {
    return await crypto.subtle.verify(SUITES[suite].use, await load(suite, text), signature, message);
  } catch (error) {
    // Without the suite in this browser, by hand; whatever else fails is no signature.
    if (suite !== 'ed25519' || error.name !== 'NotSupportedError') return false;
    return (await byHand()).checkEd25519(unb64(text), signature, message);
  }
}
