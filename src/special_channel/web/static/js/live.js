// The live stream: one per browser. A Web Locks leader holds the EventSource and passes events on
// through a BroadcastChannel; each page drops what it has had. Decides nothing about what is shown.

const FIRST_WAIT = 500;
const LONGEST_WAIT = 30000;
// What the own side alone sees has no place in the shared logs, so no cursor names it.
const OWN_SIDE = ['private', 'menu'];

// A cursor is `eu.cn.delivered`: sizes, which only grow. One is beyond another where any size is.
const sizes = (text) => text.split('.').map(Number);
const beyond = (a, b) => a.some((size, i) => size > (b[i] || 0));
const merged = (a, b, pick) => a.map((size, i) => pick(size, b[i] || 0));

// EventSource doesn't say why it was refused. 401, or 422 of a key that is no longer in use.
async function signedOut() {
  const { status } = await fetch('/api/heads').catch(() => ({}));
  return status === 401 || status === 422;
}

// `on(type, data)` gets each event once; its id is the cursor after it. `state` gets 'open', 'lost', or
// 'over' once the session has ended: on every page of this browser, until somebody signs in again.
// Returns {close, again}; `again` connects anew if this page leads: with the cookie of a new session.
export function openStream({ url, after, on, state }) {
  let last = sizes(after);
  let read = last;
  let source = null;
  let wait = FIRST_WAIT;
  let timer = 0;
  let release = null;
  let closed = false;
  let over = false;
  let menu = null;
  const channel = 'BroadcastChannel' in window ? new BroadcastChannel('sc-stream') : null;

  const take = ({ id, type, data }) => {
    if (id) {
      if (!beyond(sizes(id), last)) return;
      last = merged(last, sizes(id), Math.max);
    }
    on(type, data);
  };
  const join = () => channel.postMessage({ join: last });
  // Each event is one step. What the leader told before it heard of this page may be further on: taking
  // it would hide all between, so the leader is asked again.
  const follow = (message) => {
    const [eu, cn, delivered] = sizes(message.id).map((size, i) => Math.max(0, size - (last[i] || 0)));
    const { type } = message;
    const gap = eu + cn > (type === 'entry' ? 1 : 0) || (delivered && type !== 'delivered');
    if (!gap) take(message);
    else if (!source) join();
  };
  const tell = (message) => {
    if (message.state) state(message.state);
    else take(message);
    if (channel) channel.postMessage(message);
  };
  const again = () => {
    clearTimeout(timer);
    timer = setTimeout(connect, wait * (0.75 + Math.random() / 2));
    wait = Math.min(wait * 2, LONGEST_WAIT);
  };
  const ended = () => {
    if (!over) tell({ state: 'over' });
    over = true;
  };

  function connect() {
    clearTimeout(timer);
    if (source) source.close();
    if (closed) return;
    source = new EventSource(`${url}?after=${read.join('.')}`);
    source.onopen = () => {
      wait = FIRST_WAIT;
      over = false;
      tell({ state: 'open' });
    };
    source.onerror = async () => {
      // A browser reconnects by itself after a cut, and never after an answer that isn't 200.
      const refused = source.readyState === EventSource.CLOSED;
      if (!over && !(refused && (await signedOut()))) tell({ state: 'lost' });
      else ended();
      if (refused) again();
    };
    // The node's last word on a stream whose session has ended. A later sign-in makes the next try work.
    source.addEventListener('over', () => {
      source.close();
      ended();
      again();
    });
    for (const type of ['entry', 'delivered', ...OWN_SIDE]) {
      source.addEventListener(type, ({ lastEventId, data }) => {
        if (lastEventId) read = sizes(lastEventId);
        const message = { id: OWN_SIDE.includes(type) ? '' : lastEventId, type, data: JSON.parse(data) };
        if (type === 'menu') menu = message;
        tell(message);
      });
    }
  }

  if (channel) {
    channel.onmessage = ({ data }) => {
      // A page that was rendered before the leader's position has missed something: read from there.
      if ('join' in data) {
        if (source && menu) channel.postMessage(menu);
        if (source && beyond(read, data.join)) {
          read = merged(read, data.join, Math.min);
          connect();
        }
      } else if (data.lead) {
        if (!source && beyond(data.lead, last)) join();
      } else if (data.state) state(data.state);
      else follow(data);
    };
  }
  if (channel && navigator.locks) {
    navigator.locks.request('sc-stream', () => {
      if (closed) return undefined;
      read = last;
      connect();
      // Another page may have been rendered earlier, and the one that led may be gone before it helped.
      channel.postMessage({ lead: read });
      return new Promise((resolve) => {
        release = resolve;
      });
    });
    join();
  } else {
    connect();
  }
  return {
    again() {
      if (source) connect();
    },
    close() {
      closed = true;
      clearTimeout(timer);
      if (source) source.close();
      if (channel) channel.close();
      if (release) release();
    },
  };
}
