// What every module asks of the page: strings, slots, templates, announcements, the node's API. Parses
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
    slot.textContent = value || '';
    slot.hidden = !value;
  }
};

export function clone(id) {
  const template = document.getElementById(id);
  return template ? template.content.firstElementChild.cloneNode(true) : null;
}

export function announce(text) {
  const region = $('#status');
  if (region && text) region.textContent = text;
}

export const problem = (code, title, more = {}) => Object.assign(new Error(title || code), { code, title, ...more });

export function clearProblem() {
  const box = $('#problem');
  if (box) box.hidden = true;
}

export function showProblem(error) {
  const box = $('#problem');
  const title = error.title || say(error.code) || say('network') || error.code || String(error);
  if (!box) {
    announce(title);
    return;
  }
  fill(box, { ...error, title });
  box.hidden = false;
  box.focus();
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
    showProblem(error);
  }
}

export function onClick(selector, work) {
  document.addEventListener('click', ({ target }) => {
    const found = target.closest && target.closest(selector);
    if (found) work(found);
  });
}

// A problem document becomes an error with its code, title, detail and next; no answer becomes `network`.
export async function api(path, { method = 'GET', json, body, headers = {}, ...rest } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      credentials: 'same-origin',
      headers: { Accept: 'application/json', ...(json === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
      body: json === undefined ? body : JSON.stringify(json),
      ...rest,
    });
  } catch (error) {
    throw problem('network', say('network'), { status: 0 });
  }
  const text = await response.text();
  let found = {};
  try {
    if (text) found = JSON.parse(text);
  } catch (error) {
    if (response.ok) throw problem('network', say('network'), { status: response.status });
  }
  if (response.ok) return found;
  const { code = 'network', title = say('network'), detail, next } = found;
  throw problem(code, title, { detail, next, status: response.status });
}

export function time(text, zone = page().zone) {
  const options = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone || undefined };
  return new Intl.DateTimeFormat('en-GB', options).format(new Date(text));
}

export const local = (path, fallback = '/') => (/^\/(?![/\\])/.test(path || '') ? path : fallback);
