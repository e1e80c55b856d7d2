// Who may sign, by position, chained to the party roots pinned in this browser. The server's list
// is believed for nothing but completeness: a hidden suspension is for the offline verifier to find.

import { concat, sha256hex, unb64, utf8 } from './bytes.js';
import { dumps, loads } from './canonical.js';
import { decode, ENTRY, entryId, pae } from './dsse.js';
import { keyId, known, verify } from './suites.js';

const UNSURE = 'unknown-suite';

// How many persons sign, and in which role. Enough parts of the root stand in for them.
const LEADERS = /^(head|director|registrar)$/;
const ACTS = {
  'role.granted': [1, /^registrar$/],
  'role.ended': [1, /^\w+$/],
  'person.left': [1, LEADERS],
  'key.enrolled': [1, /^registrar$/],
  'machine.enrolled': [1, /^registrar$/],
  'key.suspended': [1, /^\w+$/],
  'key.restored': [2, LEADERS],
  'key.revoked': [2, LEADERS],
};

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

const digest = (name, bytes) => sha256hex(concat(utf8(`special-channel/${name}/v1\n`), bytes));
const pinOf = ({ keys, threshold }) => digest('roots', dumps({ keys, threshold }));
const commitmentOf = ({ suite, public: text }) => digest('next-key', concat(utf8(`${suite}\0`), unb64(text)));

// Keys by their ids.
const named = async (party, list) => new Map(await Promise.all(
  list.map(async (each) => [await keyId(party, each.suite, unb64(each.public)), each])));

export class Directory {
  constructor() {
    this.keys = new Map();
    this.persons = new Map();
    this.roots = {};
    this.logs = {};
    this.checkpoints = {};
  }

  // `lists` is {eu: [{position, envelope}], cn: …}; `pins` {eu: {pin}, …}.
  static async chain(lists, pins) {
    const directory = new Directory();
    for (const party of ['eu', 'cn']) {
      const list = [...(lists[party] || [])].sort((a, b) => indexOf(a.position) - indexOf(b.position));
      if (pins[party]) for (const item of list) await directory.take(party, item, pins[party].pin);
    }
    return directory;
  }

  // An entry that doesn't hold changes nothing; what was signed with a key of its own then can't be checked.
  async take(party, { position, envelope: text }, pin) {
    try {
      const envelope = decode(text);
      const entry = loads(envelope.payload);
      const { kind, body } = entry;
      const at = indexOf(position);
      const founding = kind === 'party.founded';
      if (envelope.type !== ENTRY || partyOf(position) !== party) return;
      if (founding ? at || (await pinOf(body.roots)) !== pin : entry.log !== this.logs[party]) return;
      const roots = kind === 'roots.rotated' ? body : body.roots;
      const parts = await named(party, roots ? roots.keys : []);
      const fresh = await named(party, /enrolled$/.test(kind) ? [body] : body.persons || []);
      const states = await signers(envelope, (id) => parts.get(id) || fresh.get(id) || this.keys.get(id));
      const good = [...states.keys()].filter((key) => states.get(key) === 'ok');
      const signed = (key) => ['ok', UNSURE].includes(states.get(key));
      const id = await entryId(envelope.payload);
      const set = roots ? { number: 1, ...roots, id, parts } : this.roots[party];
      const rooted = good.filter((key) => set.parts.has(key)).length >= set.threshold;
      if (roots) {
        const all = founding ? [...fresh.keys()].every(signed) : await this.follows(party, set, entry);
        if (rooted && all) await this.setRoots(party, at, set, entry, fresh);
        return;
      }
      const own = fresh.has(entry.by) && signed(entry.by);
      const sure = rooted || this.enough(party, at, kind, good.filter((key) => !fresh.has(key)));
      const unsure = [...states].some(([key, state]) => state === UNSURE || this.role(key, party, at) === UNSURE);
      // The last checkpoint key commits to the next one, or the root signs.
      const keys = this.checkpoints[party];
      if (sure && body.role === 'checkpoint' && (rooted || keys[0].next === (await commitmentOf(body)))) {
        keys.unshift({ ...body, at });
      }
      if (sure || unsure) this.change(party, at, id, entry, fresh, own, sure ? undefined : at);
    } catch (error) {
      // As above.
    }
  }

  // A machine and a part of the root hold one function, their role.
  add(party, at, id, row, holder = { grants: [{ grant: 1, role: row.role || 'root', at }], stops: [] }) {
    // Enrolled once: no second entry wipes what happened to a key since.
    if (!this.keys.has(id)) this.keys.set(id, { ...row, key: id, party, enrolled: at, holder, stops: [] });
  }

  async follows(party, { number, keys, threshold }, { ref }) {
    const last = this.roots[party];
    const announced = await Promise.all(keys.map(commitmentOf));
    return ref === last.id && number === last.number + 1 && threshold === last.next_threshold
      && announced.every((each) => last.next.includes(each));
  }

  async setRoots(party, at, set, { log, body }, fresh) {
    const last = this.roots[party] || { parts: set.parts };
    for (const id of last.parts.keys()) if (!set.parts.has(id)) this.keys.get(id).ended = at;
    for (const [id, part] of set.parts) this.add(party, at, id, part);
    this.roots[party] = set;
    this.logs[party] = log;
    for (const [id, row] of fresh) {
      const holder = { party, grants: [{ grant: 1, role: row.role, at }], stops: [] };
      this.persons.set(`${party} ${row.person}`, holder);
      this.add(party, at, id, row, holder);
    }
    for (const [id, row] of await named(party, body.machines || [])) {
      this.add(party, at, id, row);
      if (row.role === 'checkpoint') this.checkpoints[party] = [row];
    }
  }

  enough(party, at, kind, keys) {
    const [count, roles] = ACTS[kind];
    const some = keys.filter((id) => this.functions(id, party, at).some(({ role }) => roles.test(role)));
    return new Set(some.map((id) => this.keys.get(id).holder)).size >= count;
  }

  // From the index `unsure` on nothing can be told of what a signature in a suite unknown here confirms or stops.
  change(party, at, id, { kind, ref, body }, fresh, own, unsure) {
    const { grant, key, person, role, keys } = body;
    const granted = kind === 'role.granted';
    const holder = `${party} ${person}`;
    if (granted && !this.persons.has(holder)) this.persons.set(holder, { party, grants: [], stops: [] });
    const target = key ? this.keys.get(key) : this.persons.get(holder);
    const [added] = fresh.keys();
    if (kind === 'machine.enrolled' && (own || role === 'link')) this.add(party, at, added, { ...body, unsure });
    if (!target || target.party !== party) return;
    const open = (target.grants || []).filter(({ end }) => end === undefined);
    if (granted && !target.left) target.grants.push({ grant, role, keys, at });
    if (added && own && open.length) this.add(party, at, added, { ...body, unsure }, target);
    const stopped = target.stops.filter((stop) => stop.id === ref && !stop.end);
    if (kind === 'key.restored') for (const stop of stopped) Object.assign(stop, unsure ? { unsure } : { end: at });
    else if (kind === 'key.suspended') target.stops.push({ id, at, unsure });
    else if (unsure && !added) target.unsure = target.unsure || unsure;
    if (unsure) return;
    if (kind === 'role.ended' || kind === 'person.left') {
      for (const each of open) if (!grant || each.grant === grant) each.end = at;
      target.left = target.left || !grant;
    }
    if (kind === 'key.revoked' && !target.ended) target.ended = at;
  }

  // The functions of a key that is active just before `index`.
  functions(id, party, index) {
    const row = this.keys.get(id);
    const holds = ({ at, end }) => at <= index && !(end < index);
    if (!row || row.party !== party || row.enrolled > index) return [];
    const stops = [...row.stops, ...row.holder.stops].filter((stop) => stop.at < index && holds(stop));
    if (row.ended < index || stops.some(({ unsure }) => !(unsure < index))) return [];
    if (stops.length || row.unsure < index || row.holder.unsure < index) return [{ role: UNSURE }];
    // A leader's function is for the keys named with it, and for those enrolled since.
    return row.holder.grants.filter((each) => holds(each) && (/^(desk|oversight)$/.test(each.role)
      || row.enrolled >= each.at || (each.keys || []).includes(id)));
  }

  // The role of such a key in the function of that number, or in any: '' without it, UNSURE where that can't be told.
  role(id, party, index, number) {
    const found = this.functions(id, party, index).find(({ grant }) => !number || !grant || grant === number);
    return found ? found.role : '';
  }
}
