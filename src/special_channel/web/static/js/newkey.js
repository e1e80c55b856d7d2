// Makes a key in this browser and tests it. Loaded on the pages of enrolment and sign-in alone.

import { b64, concat, hex, need, random, sha256, unb64, utf8 } from './bytes.js';
import { ENTRY, pae } from './dsse.js';
import { closeStore, identity, keepIdentity, remove } from './keys.js';
import { keyId, sign, SUITES, verify } from './suites.js';

// Returns {suite, pair, public}; es256 where Ed25519 is missing or can't be used.
export async function generate(wanted = ['ed25519', 'es256']) {
  for (const suite of wanted) {
    try {
      const pair = await crypto.subtle.generateKey(SUITES[suite].key, false, ['sign', 'verify']);
      const raw = await crypto.subtle.exportKey('raw', pair.publicKey);
      return { suite, pair, public: new Uint8Array(raw) };
    } catch (error) {
      // The next suite; none left is the caller's to say.
    }
  }
  return null;
}

// Key pairs are stored as a structured clone; the private half never leaves the browser's own store.
async function selfTest(row) {
  await keepIdentity(row);
  await closeStore();
  const again = await identity(row.key);
  const probe = pae(ENTRY, concat(utf8('self-test '), utf8(hex(random(16)))));
  const signature = await sign(again.suite, again.pair.privateKey, probe);
  need(await verify(again.suite, again.public, signature, probe));
}

// Makes a key, stores it, reads it back, signs: only such a key is enrolled (Firefox before 136 can't
// store Ed25519, some forks can't export it). Null when this browser can do neither suite.
export async function makeKey(party, facts) {
  for (const suite of ['ed25519', 'es256']) {
    const made = await generate([suite]);
    if (!made) continue;
    const key = await keyId(party, suite, made.public);
    const row = { ...facts, key, party, suite, public: b64(made.public), pair: made.pair, made: Date.now(), state: 'new' };
    try {
      await selfTest(row);
      return row;
    } catch (error) {
      await remove('keys', key).catch(() => {});
    }
  }
  return null;
}

// A key's fingerprint: SHA-256 over suite, zero byte, public key, the whole digest.
export const fingerprint = async ({ suite, public: text }) =>
  hex(await sha256(concat(utf8(suite), new Uint8Array(1), unb64(text))));
