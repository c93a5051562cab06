// Follows bulk jobs by server-sent events.

// After a refusal: long enough not to hurt a server in trouble, short enough to be forgiven.
const DELAY = 2500;

// watch follows a bulk job from a resume token until signal is aborted.
//   message(data)  is called for each message, in order, without gaps or repeats;
//   link(live)     when the connection comes or goes;
//   done()         answers whether the bulk job is finished, and so nothing more is to come;
//   gone()         when the server refuses the watch (it restarted, or the token is too old): read everything again
//                  and start a new watch.
export function watch(name, token, { message, link, done, gone, signal }) {
  let source;
  let timer;

  function open() {
    source = new EventSource(`/v1/${name}:watch?${new URLSearchParams({ resumeToken: token })}`);
    source.onopen = () => link(true);
    source.onmessage = (event) => {
      token = event.lastEventId;
      message(JSON.parse(event.data));
    };
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) lost();
      else link(false); // the browser reconnects by itself and says where it was
    };
    source.addEventListener("failure", lost);
  }

  function lost() {
    source.close();
    if (done() || signal.aborted) return;
    link(false);
    timer = setTimeout(gone, DELAY * (0.5 + Math.random()));
  }

  // A browser allows few connections to one server: pages that nobody looks at give theirs back.
  function visibility() {
    if (document.hidden) source.close();
    else if (source.readyState === EventSource.CLOSED && !done()) open();
  }

  document.addEventListener("visibilitychange", visibility, { signal });
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    source?.close();
  });
  open();
}

// limited gives at most `count` holders a place at a time, in order; release hands the place on.
export function limited(count) {
  const waiting = [];
  let free = count;
  return {
    take(start) {
      if (free > 0) {
        free--;
        start();
      } else {
        waiting.push(start);
      }
    },
    release() {
      const next = waiting.shift();
      if (next) next();
      else free++;
    },
  };
}
