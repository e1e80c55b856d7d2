// Why an author signs what the rules ask them to confirm: the choices of a page become entries of our private log,
// signed together with the statement. The rows are the node's, or filled from what the node has found.

import { $, $$, addRow, fill, page, problem, put, shownRows } from './dom.js';
import { markedIn } from './draft.js';
import { plain } from './parts.js';

// Of one reason in an entry.
const MOST_RULES = 20;
// Bytes of reasons in an entry, which has 32 KiB: the rows of each, and what else it takes at most with its own words.
const ROOM = 28000;
const BESIDES_ROWS = 350;
const reasonName = ({ code, rows = [] }) => [code, ...rows].join(' ');

// What was chosen for the same finding before stays, unless the finding now says something else.
export function offerReasons(list, items) {
  if (!list) return;
  const kept = [];
  for (const item of items) {
    const name = reasonName(item);
    const entry = item.entry === undefined ? undefined : `${item.entry}`;
    const same = ({ dataset }) => dataset.reason === name && dataset.entry === entry;
    const row = shownRows(list).find((each) => same(each) && !kept.includes(each)) || addRow(list);
    kept.push(row);
    row.dataset.reason = name;
    if (entry !== undefined) row.dataset.entry = entry;
    const [choice, field, words] = [$('select', row), $('input', row), $('[data-f="words"]', row)];
    if (words.textContent !== item.text || !item.reasons.includes(choice.value)) choice.value = field.value = '';
    fill(row, { words: item.text, where: [item.where, item.next].filter(Boolean).join(' · ') });
    // The dialog has no terms of its own: they come with the finding. The last option is the blank one.
    if (item.terms && choice.options.length < item.reasons.length) {
      item.reasons.forEach((code, n) => Object.assign(addRow(choice), { value: code, text: item.terms[n] }));
    }
    for (const option of $$('option', row)) {
      option.hidden = !option.text || (Boolean(option.value) && !item.reasons.includes(option.value));
      option.disabled = option.hidden;
    }
  }
  for (const row of shownRows(list)) if (!kept.includes(row)) row.remove();
  list.parentNode.hidden = !items.length;
}

// The entries with the reasons in rows of a list, each for the rows of the sheet that it was shown with; none for no rows.
// `first`: they are about the first entry of the request.
export function reasonsOf(list, shown = shownRows(list), id = 'first') {
  const given = [];
  for (const row of shown) {
    const [rule, ...rows] = row.dataset.reason.split(' ');
    const [choice, field] = [$('select', row), $('input', row)];
    const reason = choice.value;
    const own = reason === 'other' ? plain(field.value).trim() : '';
    const lacks = [!reason, reason === 'other' && !own];
    [choice, field].forEach((each, n) => each.setAttribute('aria-invalid', lacks[n]));
    if (lacks.includes(true)) throw problem('reason-needed', { title: list.dataset.needed });
    const same = !own && given.find((each) => each.reason === reason && each.rules[0] === rule);
    const numbers = [...new Set([...(same ? same.rows : []), ...rows.map(Number)])].sort((a, b) => a - b);
    if (same) same.rows = numbers;
    else given.push({ rules: [rule], rows: numbers, reason, own });
  }
  // Rules with the same rows and reason go together: an entry has room for few long lists.
  const joined = [];
  for (const each of given) {
    const like = joined.find(({ reason, rows, own, rules }) => reason === each.reason && `${rows}` === `${each.rows}`
      && !own && !each.own && rules.length < MOST_RULES);
    if (like) like.rules.push(...each.rules);
    else joined.push(each);
  }
  const marked = markedIn({ texts: joined.map(({ own }) => own) });
  if (marked) throw problem('draft-marked', { title: marked });
  return inEntries(joined).map((reasons) => confirmation(list, id, reasons));
}

// As many reasons in each entry as fit; `desk/confirmations.py` counts alike.
function inEntries(reasons) {
  const entries = [];
  let room = 0;
  for (const each of reasons) {
    const size = `${each.rows}`.length + BESIDES_ROWS;
    room -= size;
    if (room < 0) {
      entries.push([]);
      room = ROOM - size;
    }
    entries[entries.length - 1].push(each);
  }
  return entries;
}

function confirmation(list, id, reasons) {
  const texts = [];
  const confirmed = reasons.map(({ own, ...each }) => (own ? { ...each, text: texts.push(own) - 1 } : each));
  return {
    make: 'entry',
    kind: 'sense.confirmed',
    log: list.dataset.log,
    lang: texts.length ? page().lang : undefined,
    body: { id, sense: Number(list.dataset.sense), confirmed },
    texts,
  };
}

// What the dialog asks to confirm in the entries of a draft, each with the reasons that were chosen beside it.
export function offerWhy(items) {
  const list = $('#why');
  if (!list) return;
  // Its styles are loaded with the first finding.
  for (const styles of $$('link', list.parentNode)) styles.disabled = false;
  offerReasons(list, items);
  const dialog = list.closest('dialog');
  // Beside its choice, and not among all that was found.
  const beside = items.flatMap(({ text }) => text.split('\n'));
  for (const { textContent } of $$('[data-f="found"]', dialog)) {
    put(dialog, 'found', textContent.split('\n').filter((line) => !beside.includes(line)).join('\n'));
  }
}

export function lacksWhy() {
  const list = $('#why');
  try {
    reasonsOf(list);
    put(list.parentNode, 'why-needed', '');
    return false;
  } catch (error) {
    put(list.parentNode, 'why-needed', error.title);
    const lacking = $('[aria-invalid="true"]', list);
    if (lacking) lacking.focus();
    return true;
  }
}

// The entries with the reasons by step, about what crosses in each: `entry` of a finding counts what crosses in all steps.
export function whysOf(built) {
  const list = $('#why');
  const crossing = built.flat().filter(({ entry }) => entry.log === page().log);
  const rowsOf = (n) => shownRows(list).filter(({ dataset }) => dataset.entry === `${n}`);
  const of = (step) => crossing.flatMap((each, n) => (step.includes(each) ? reasonsOf(list, rowsOf(n), each.id) : []));
  return built.map((step) => ({ entries: of(step) }));
}
