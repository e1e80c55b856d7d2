// A draft that another page changed meanwhile: both texts, and a choice between them. Loaded where it happens.

import { $, fill, put, say, time } from './dom.js';

// Nothing is saved until one is chosen. `readable(fields)` gives a text's words, `forget(path)` deletes what this browser
// keeps of it.
export function showBoth(draft, readable, forget) {
  const { form, other } = draft;
  const box = $('#draft-elsewhere');
  if (!box || !other) return;
  const fields = other.fields || {};
  const key = other.fields ? 'draft-when' : 'draft-gone';
  fill(box, { when: say(key, { time: other.at && time(other.at) }) });
  put(box, 'mine', readable(draft.collect()));
  put(box, 'theirs', readable(fields));
  const choose = (act, work) => {
    $(`[data-act="${act}"]`, box).onclick = () => {
      draft.version = other.version || 0;
      draft.other = null;
      box.hidden = true;
      work();
      draft.save();
      const field = $('textarea, input:not([type="hidden"])', form);
      if (field) field.focus();
    };
  };
  choose('keep-mine', () => {});
  choose('take-theirs', () => {
    forget(draft.path);
    // The node has it, unless this browser alone kept it.
    draft.saved = other.lacks ? '' : JSON.stringify(fields);
    draft.restore(fields);
  });
  if (!box.hidden) return;
  if (form !== document.body) form.before(box);
  box.hidden = false;
  draft.tell(say('draft-elsewhere'));
}
