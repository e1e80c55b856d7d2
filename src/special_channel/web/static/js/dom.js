// What every module asks of the page: strings, slots, rows, announcements, the node's API. Parses
// no HTML anywhere. The contract with the templates is README.md beside this file.

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
export const page = () => document.body.dataset;

export function say(key, facts = {}) {
  const item = $(`#strings [data-s="${key}"]`);
  return item ? item.textContent.trim().replace(/\{(\w+)\}/g, (_, name) => (name in facts ? facts[name] : '')) : '';
}

// Slots without a value disappear; text only, never HTML.
export function fill(root, values) {
  const slots = $$('[data-f]', root);
  if (root.dataset && root.dataset.f) slots.push(root);
  for (const slot of slots) {
    const value = values[slot.dataset.f];
    slot.hidden = value === undefined || value === null || value === '';
    if (!slot.hidden) slot.textContent = value;
  }
}

export const put = (root, name, value) => {
  for (const slot of $$(`[data-f="${name}"]`, root)) {
    // A screen reader says it again each time that it is set.
    if (slot.textContent !== (value || '')) slot.textContent = value || '';
    slot.hidden = !value;
  }
};

// What the node found in texts, a line each.
export const sentences = (found = []) => found.map(({ sentence }) => sentence).join('\n');

// A list ends with a blank row, hidden: it is shown, and its copy is the next one.
export function addRow(list) {
  const row = list.lastElementChild;
  row.after(row.cloneNode(true));
  row.hidden = false;
  return row;
}

export const shownRows = (list) => (list ? [...list.children].filter(({ hidden }) => !hidden) : []);

export function announce(text) {
  const status = $('#status');
  if (status && text) status.textContent = text;
}

// A region with one slot `text`: shown with a text, gone without.
export function region(selector, text) {
  const box = $(selector);
  if (!box) return;
  fill(box, { text });
  box.hidden = !text;
}

// For other modules, tests and measurements.
export const emit = (name, detail) => document.dispatchEvent(new CustomEvent(`sc:${name}`, { detail }));

// The code is the key of its sentence.
export const problem = (code, more) => Object.assign(new Error(code), { code, title: say(code), ...more });

export function clearProblem() {
  const box = $('#problem');
  if (box) box.hidden = true;
}

export function showProblem(error) {
  const box = $('#problem');
  const title = error.title || say(error.code) || say('problem') || String(error);
  if (!box) return announce(title);
  fill(box, { ...error, title });
  box.hidden = false;
  return box.focus();
}

// Runs `work` for a button: not twice at once, and whatever goes wrong is shown. It stays disabled when
// `work` returns true.
export async function guarded(button, work) {
  if (button.disabled) return;
  clearProblem();
  button.disabled = true;
  try {
    button.disabled = (await work()) === true;
  } catch (error) {
    button.disabled = false;
    // One message, not two: the bar names the cause and has the button.
    if (error.status === 401 && $('#signed-out')) $('#signed-out button').focus();
    else showProblem(error);
  }
}

export function onClick(selector, work) {
  document.addEventListener('click', ({ target }) => {
    const found = target.closest && target.closest(selector);
    if (found) work(found);
  });
}

// A problem document becomes an error with its code, title, detail and next; no answer becomes `network`.
export async function api(path, { json, ...options } = {}) {
  const failed = (status) => problem('network', { status });
  const headers = { Accept: 'application/json', 'Content-Type': 'application/json' };
  const request = json ? { method: 'POST', ...options, headers, body: JSON.stringify(json) } : options;
  const response = await fetch(path, request).catch(() => {
    throw failed(0);
  });
  const found = await response.json().catch(() => failed(response.status));
  if (response.status === 401 && page().key) emit('signed-out');
  if (!response.ok || found instanceof Error) throw Object.assign(failed(response.status), found);
  return found;
}

// A document that the browser makes of the node's answer runs nothing, and no string is parsed here.
export const documentOf = (path) => new Promise((resolve) => {
  const request = new XMLHttpRequest();
  request.open('GET', path);
  request.responseType = 'document';
  request.onloadend = () => resolve(request.status === 200 && request.response);
  request.send();
});

export const time = (at, timeZone = page().zone) =>
  new Date(at).toLocaleTimeString('sv', { hour: '2-digit', minute: '2-digit', timeZone });

export const local = (path, fallback = '/') => (/^\/(?![/\\])/.test(path || '') ? path : fallback);

// Where an act leads: to where it waits for release, or, in a walk through the inbox, to the next thread, which says so.
export const onward = (waits, next) => local(!waits ? next : /^\/work\?/.test(next) ? `${next}&laid=1` : waits);
