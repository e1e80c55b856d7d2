// Who may sign, by position, chained to the party roots pinned in this browser. The server's list
// is believed for nothing but completeness: a hidden suspension is for the offline verifier to find.

import { unb64 } from './bytes.js';
import { loads } from './canonical.js';
import { decode, ENTRY, pae } from './dsse.js';
import { keyId, known, verify } from './suites.js';

const UNSURE = 'unknown-suite';

// What a key is after an act.
const ACTS = { 'key.suspended': '', 'key.revoked': '', 'key.restored': 'ok' };

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
      : !known(row.suite) ? UNSURE
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
      const at = indexOf(position);
      if (envelope.type !== ENTRY || partyOf(position) !== party) return;
      if (entry.kind === 'party.founded') await this.found(party, at, envelope, entry, root);
      else if (entry.log !== this.logs[party]) return;
      else if (entry.kind === 'key.enrolled') await this.enrol(party, at, envelope, entry);
      else if (entry.kind in ACTS) await this.change(party, at, envelope, entry);
    } catch (error) {
      // As above.
    }
  }

  async add(party, at, fields, state = 'ok') {
    const key = await keyId(party, fields.suite, unb64(fields.public));
    // Enrolled once: no second entry wipes what happened to a key since. A new key signs its own enrolment.
    if (!this.keys.has(key)) this.keys.set(key, { ...fields, key, party, events: [{ at: at - 1, state }] });
  }

  async found(party, at, envelope, entry, root) {
    const own = await keyId(party, root.suite, unb64(root.public));
    const states = await signers(envelope, (id) => (id === own ? root : undefined));
    if (at !== 0 || entry.by !== own || states.get(own) !== 'ok') return;
    this.logs[party] = entry.log;
    await this.add(party, 0, { suite: root.suite, public: root.public, role: 'root' });
    for (const { role, suite, public: text, name } of entry.body.keys) {
      await this.add(party, 0, { role, suite, public: text });
      if (role === 'checkpoint') this.checkpoints[party] = { name: name || entry.log, public: text };
    }
  }

  // The roles of the signers; of the new key, and of those that don't hold, what became of the check.
  async roles(party, at, envelope, fresh, own) {
    const states = await signers(envelope, (id) => (id === own ? fresh : this.keys.get(id)));
    return [...states].map(([id, state]) => (id !== own && state === 'ok' ? this.role(id, party, at) : state));
  }

  // What a signature in a suite unknown here confirms, stops or restores is neither good nor bad.
  async enrol(party, at, envelope, entry) {
    const own = await keyId(party, entry.body.suite, unb64(entry.body.public));
    const roles = await this.roles(party, at, envelope, entry.body, own);
    const confirmed = ['registrar', 'root'].some((role) => roles.includes(role));
    const state = [UNSURE, confirmed && 'ok'].find((each) => roles.includes(each));
    if (entry.by === own && state) await this.add(party, at, entry.body, state);
  }

  // One official suspends; two persons revoke or restore.
  async change(party, at, envelope, entry) {
    const roles = await this.roles(party, at, envelope);
    const row = this.keys.get(entry.body.key);
    const good = roles.filter((role) => role && !role.includes('-'));
    const enough = good.length >= (entry.kind === 'key.suspended' ? 1 : 2);
    if (row && row.party === party && (enough || roles.includes(UNSURE))) {
      row.events.push({ at, state: enough ? ACTS[entry.kind] : UNSURE });
    }
  }

  // The role of a key that is active just before `index`, '' of one that isn't, UNSURE where that can't be told.
  role(id, party, index) {
    const row = this.keys.get(id);
    if (!row || row.party !== party) return '';
    const state = row.events.reduce((before, event) => (event.at < index ? event.state : before), '');
    return state === 'ok' ? row.role : state;
  }
}
