// RFC 6962 inclusion. Reads no notes and no leaves: bytes in, a root out.

import { concat, need, sha256 } from './bytes.js';

export const leafHash = (leaf) => sha256(concat(Uint8Array.of(0), leaf));
const nodeHash = (left, right) => sha256(concat(Uint8Array.of(1), left, right));

// RFC 9162, 2.1.3.2. Sizes stay far below 2^53, so plain numbers do; no shifts, they stop at 2^31.
export async function rootFromInclusion(hash, index, size, proof) {
  need(index >= 0 && index < size);
  let fn = index;
  let sn = size - 1;
  let root = hash;
  for (const step of proof) {
    need(step.length === 32 && sn !== 0);
    if (fn % 2 === 1 || fn === sn) {
      root = await nodeHash(step, root);
      while (fn % 2 === 0 && fn !== 0) {
        fn = Math.floor(fn / 2);
        sn = Math.floor(sn / 2);
      }
    } else {
      root = await nodeHash(root, step);
    }
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  need(sn === 0);
  return root;
}
