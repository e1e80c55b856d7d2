// What is signed of what the composer holds: the entries of one thread, as data from which sign.js builds them.

import { withNumber } from './templates.js';

// Of one of several threads, each about an application, the number fills its gap and ends the subject.
export function entriesOfThread(composer, thread, applications, asks) {
  const { form, uploads, answered } = composer;
  const { lang, trLang, compose, peer, charter, calendar } = form.dataset;
  const marking = composer.value('marking');
  const value = (name) => composer.value(name);
  const each = value('each') && applications[0];
  const own = (text) => (each ? withNumber(form, text, each) : text);
  const named = (text) => (each && !own(text).includes(each) ? `${own(text)} · ${each}` : own(text));
  const entries = [];
  if (compose === 'thread') {
    const other = value('subject_tr').trim();
    entries.push({
      make: 'thread', thread, lang, marking, applications,
      subject: named(value('subject')),
      translation: other ? { lang: trLang, text: named(other) } : null,
      batch: value('batch') || 'standing',
    });
  }
  if (compose === 'note' || value('text').trim() || asks.length) {
    entries.push({
      make: 'note', thread, lang, marking, charter,
      text: own(value('text')),
      translation: { lang: trLang, text: own(value('text_tr')) },
      asks: asks.map(({ row: _, ...ask }) => ({ ...ask, text: own(ask.text), textTr: own(ask.textTr), who: peer })),
      answers: answered.stated,
      files: uploads.files,
      calendar: asks.some(({ rule }) => rule) ? calendar : '',
    });
  }
  return entries;
}
