// Who may sign, by position, chained to the party roots pinned in this browser. The server's list
// is believed for nothing but completeness: a hidden suspension is for the offline verifier to find.

import { unb64 } from './bytes.js';
import { loads } from './canonical.js';
import { decode, ENTRY, pae } from './dsse.js';
import { keyId, known, verify } from './suites.js';

const ACTS = { 'key.suspended': 'suspended', 'key.revoked': 'revoked', 'key.restored': '' };

// Who may write what people read: a node's own key can't pass for an official's.
const MAY_SIGN = [
  [/^(thread|note|date|batch|application|referral)\./, /^(desk|head|director)$/],
  [/^(deadline\.passed|peer\.)/, /^node$/],
];

export const maySign = (role, kind) => MAY_SIGN.every(([kinds, roles]) => !kinds.test(kind) || roles.test(role));

export const indexOf = (position) => Number(position.slice(3));
export const partyOf = (position) => position.slice(0, 2).toLowerCase();

// The signatures that hold, by key id, among keys given by `find`.
export async function signers(envelope, find) {
  const bytes = pae(ENTRY, envelope.payload);
  const found = new Map();
  for (const { keyid, sig } of envelope.signatures) {
    const row = find(keyid);
    const state = !row ? 'unknown-key'
      : !known(row.suite) ? 'unknown-suite'
        : (await verify(row.suite, row.public, sig, bytes)) ? 'ok' : 'bad-signature';
    found.set(keyid, state);
  }
  return found;
}

export class Directory {
  constructor() {
    this.keys = new Map();
    this.logs = {};
    this.checkpoints = {};
  }

  // `lists` is {eu: [{position, envelope}], cn: …}; `pins` {eu: {suite, public}, …}.
  static async chain(lists, pins) {
    const directory = new Directory();
    for (const party of ['eu', 'cn']) {
      const list = [...(lists[party] || [])].sort((a, b) => indexOf(a.position) - indexOf(b.position));
      if (pins[party]) for (const item of list) await directory.take(party, item, pins[party]);
    }
    return directory;
  }

  // An entry that doesn't hold gives no key; what was signed with that key then can't be checked.
  async take(party, { position, envelope: text }, root) {
    try {
      const envelope = decode(text);
      const entry = loads(envelope.payload);
      if (envelope.type !== ENTRY || partyOf(position) !== party) return;
      if (entry.kind === 'party.founded') await this.found(party, position, envelope, entry, root);
      else if (entry.log !== this.logs[party]) return;
      else if (entry.kind === 'key.enrolled') await this.enrol(party, position, envelope, entry);
      else if (entry.kind in ACTS) await this.change(party, position, envelope, entry);
    } catch (error) {
      // As above.
    }
  }

  async add(party, enrolled, fields) {
    const key = await keyId(party, fields.suite, unb64(fields.public));
    // Enrolled once: no second entry wipes what happened to a key since.
    if (!this.keys.has(key)) this.keys.set(key, { ...fields, key, party, enrolled, events: [] });
  }

  async found(party, position, envelope, entry, root) {
    const own = await keyId(party, root.suite, unb64(root.public));
    const states = await signers(envelope, (id) => (id === own ? root : undefined));
    if (indexOf(position) !== 0 || entry.by !== own || states.get(own) !== 'ok') return;
    this.logs[party] = entry.log;
    await this.add(party, 0, { suite: root.suite, public: root.public, role: 'root' });
    for (const { role, suite, public: text, name } of entry.body.keys) {
      await this.add(party, 0, { role, suite, public: text });
      if (role === 'checkpoint') this.checkpoints[party] = { name: name || entry.log, public: text };
    }
  }

  async enrol(party, position, envelope, entry) {
    const at = indexOf(position);
    const own = await keyId(party, entry.body.suite, unb64(entry.body.public));
    const states = await signers(envelope, (id) => (id === own ? entry.body : this.keys.get(id)));
    const confirmed = [...states].some(([id, state]) =>
      state === 'ok' && id !== own && ['registrar', 'root'].includes(this.role(id, party, at)));
    if (entry.by === own && states.get(own) === 'ok' && confirmed) await this.add(party, at, entry.body);
  }

  // One official suspends; two persons revoke or restore.
  async change(party, position, envelope, entry) {
    const at = indexOf(position);
    const states = await signers(envelope, (id) => this.keys.get(id));
    const row = this.keys.get(entry.body.key);
    const good = [...states].filter(([id, state]) => state === 'ok' && this.role(id, party, at));
    const enough = good.length >= (entry.kind === 'key.suspended' ? 1 : 2);
    if (enough && row && row.party === party) row.events.push({ at, state: ACTS[entry.kind] });
  }

  // The role of a key that is active just before `index`, else ''.
  role(id, party, index) {
    const row = this.keys.get(id);
    if (!row || row.party !== party || row.enrolled > index) return '';
    const past = row.events.filter((event) => event.at < index);
    return past.length && past[past.length - 1].state ? '' : row.role;
  }
}
