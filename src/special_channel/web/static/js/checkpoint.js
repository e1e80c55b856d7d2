// C2SP signed notes, checkpoints and tlog-proofs, as far as a reader needs them: the log's own
// signature (Ed25519, type 0x01). Cosignatures are for the verifier and the nodes.

import { equal, fromUtf8, need, sha256hex, unb64, utf8 } from './bytes.js';
import { leafHash, rootFromInclusion } from './merkle.js';
import { verify } from './suites.js';

const HEADER = 'c2sp.org/tlog-proof@v1';

const count = (text) => {
  need(/^(0|[1-9]\d{0,15})$/.test(text));
  return Number(text);
};

// Each key, newest first, is {name, public, at}: the note's key name, the standard base64 of the raw key,
// and the index of the entry that names it, if not the founding: the key of sizes beyond it (K16). The
// name and the signature decide; the four-byte hint before it would only narrow.
export async function openCheckpoint(note, keys) {
  const cut = note.lastIndexOf('\n\n');
  need(cut >= 0 && note.endsWith('\n'));
  const text = note.slice(0, cut + 1);
  const [origin, size, root, ...rest] = text.slice(0, -1).split('\n');
  need(!rest.length);
  const head = { log: origin, size: count(size), root: unb64(root) };
  const key = keys.find(({ at }) => !(at >= head.size));
  for (const line of note.slice(cut + 2, -1).split('\n')) {
    const found = /^\u2014 (\S+) (\S+)$/.exec(line);
    need(found);
    const blob = found[1] === key.name ? unb64(found[2]) : [];
    if (blob.length === 68 && (await verify('ed25519', key.public, blob.subarray(4), utf8(text)))) return head;
  }
  return need(false);
}

// The fields that a reader compares with the entry; `thread` is undefined of an entry without one.
export function parseLeaf(line) {
  const found = /^sc1 \S+Z \d+ \d+ ([a-z.]+) (?:-|([0-9a-f]{32}):[1-9]\d*) ([0-9a-f]{64}) ([0-9a-f]{64})$/.exec(line);
  need(found);
  const [, kind, thread, id, envelope] = found;
  return { kind, thread, id, envelope };
}

// Returns {leaf, index, head}; throws whenever anything doesn't fit.
export async function openReceipt(receipt, keys, envelope) {
  const cut = receipt.indexOf('\n\n');
  const [header, extra, index, ...hashes] = receipt.slice(0, cut).split('\n');
  need(cut >= 0 && header === HEADER && extra.startsWith('extra ') && index.startsWith('index '));
  const line = unb64(extra.slice(6));
  const head = await openCheckpoint(receipt.slice(cut + 2), keys);
  const at = count(index.slice(6));
  const root = await rootFromInclusion(await leafHash(line), at, head.size, hashes.map(unb64));
  const leaf = parseLeaf(fromUtf8(line));
  need(equal(root, head.root) && leaf.envelope === (await sha256hex(utf8(envelope))));
  return { leaf, index: at, head };
}

