// Checks Ed25519 signatures (RFC 8032, cofactorless) with BigInt, for browsers whose WebCrypto
// has no Ed25519 (Chromium before 137). Only public data passes through it, so it needn't run in
// constant time. It never signs.

import { concat, equal } from './bytes.js';

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const mod = (a) => {
  const r = a % P;
  return r < 0n ? r + P : r;
};

function power(base, exponent) {
  let result = 1n;
  for (let b = mod(base), e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * b) % P;
    b = (b * b) % P;
  }
  return result;
}

const little = (bytes) => bytes.reduceRight((n, byte) => (n << 8n) | BigInt(byte), 0n);

function decompress(bytes) {
  const whole = little(bytes);
  const y = whole & ((1n << 255n) - 1n);
  if (y >= P) return null;
  const yy = (y * y) % P;
  const u = mod(yy - 1n);
  const v = mod(D * yy + 1n);
  const v3 = (v * v * v) % P;
  let x = (u * v3 * power(u * v3 * v3 * v, (P - 5n) / 8n)) % P;
  const check = (v * x * x) % P;
  if (check !== u) {
    if (check !== mod(-u)) return null;
    x = (x * I) % P;
  }
  const odd = whole >> 255n;
  if (x === 0n && odd) return null;
  if ((x & 1n) !== odd) x = P - x;
  return [x, y, 1n, (x * y) % P];
}

function addPoints([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const a = mod((y1 - x1) * (y2 - x2));
  const b = mod((y1 + x1) * (y2 + x2));
  const c = mod(2n * D * t1 * t2);
  const d = mod(2n * z1 * z2);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

function doublePoint([x, y, z]) {
  const a = (x * x) % P;
  const b = (y * y) % P;
  const h = a + b;
  const e = h - mod((x + y) * (x + y));
  const g = a - b;
  const f = mod(2n * z * z) + g;
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

// The curve's constants (RFC 8032, 5.1), computed when first needed: most browsers never need them.
let D;
let I;
let BASE;

function prepare() {
  D = mod(-121665n * power(121666n, P - 2n));
  I = power(2n, (P - 1n) / 4n);
  BASE = decompress(Uint8Array.from({ length: 32 }, (_, i) => (i ? 0x66 : 0x58)));
}

function compress([x, y, z]) {
  const inverse = power(z, P - 2n);
  let n = (y * inverse) % P;
  n |= (((x * inverse) % P) & 1n) << 255n;
  const bytes = new Uint8Array(32);
  for (let i = 0; i < 32; i += 1, n >>= 8n) bytes[i] = Number(n & 255n);
  return bytes;
}

export async function checkEd25519(publicKey, signature, message) {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  if (!BASE) prepare();
  const key = decompress(publicKey);
  const s = little(signature.subarray(32));
  if (!key || s >= L) return false;
  const r = signature.subarray(0, 32);
  const digest = await crypto.subtle.digest('SHA-512', concat(r, publicKey, message));
  const k = little(new Uint8Array(digest)) % L;
  const minus = [mod(-key[0]), key[1], 1n, mod(-key[3])];
  const both = addPoints(BASE, minus);
  let point = [0n, 1n, 1n, 0n];
  for (let bit = 252n; bit >= 0n; bit -= 1n) {
    point = doublePoint(point);
    const [inS, inK] = [(s >> bit) & 1n, (k >> bit) & 1n];
    if (inS && inK) point = addPoints(point, both);
    else if (inS) point = addPoints(point, BASE);
    else if (inK) point = addPoints(point, minus);
  }
  return equal(compress(point), r);
}
