// The video jobs of a bulk job, row by row.
import { get, post } from "./api.js";
import { bar, h, problem, put } from "./dom.js";
import { bytes, clock, seconds, span, stage, until, videoState } from "./format.js";
import { limited } from "./watch.js";

const RUNNING = ["DISPATCHED", "IN_PROGRESS"];

// videoRows keeps one element a video job, in the sheet's order.
export function videoRows(bulkJob, signal) {
  const rows = new Map();
  const none = h("div.empty");
  const element = h("div", none);
  const details = limited(3); // requests for what events do not tell

  function add(video) {
    const r = row(video, signal);
    const after = [...rows.values()].findLast((other) => other.number <= r.number);
    rows.set(video.name, r);
    none.remove();
    if (after) after.element.after(r.element);
    else element.prepend(r.element);
    return r;
  }

  // complete fetches a finished video job, with its files.
  function complete(r) {
    details.take(async () => {
      try {
        r.update(await get(r.name, signal));
      } catch (error) {
        if (!signal.aborted) r.trouble(error.message);
      } finally {
        details.release();
      }
    });
  }

  return {
    element,
    empty: (text) => put(none, text),
    fill(videos) {
      for (const video of videos) {
        const known = rows.get(video.name);
        if (known) known.update(video);
        else add(video);
      }
    },
    apply(event) {
      if (!event.videoJob || !event.videoJob.startsWith(bulkJob)) return;
      const change = { name: event.videoJob, state: event.videoJobState, attempt: event.attempt };
      if (event.progress) change.progress = event.progress;
      if (event.type === "VIDEO_JOB_STATE_CHANGED" || event.type === "VIDEO_JOB_CREATED") {
        change.error = event.error;
        change.nextAttemptTime = event.nextAttemptTime;
        if (!RUNNING.includes(event.videoJobState)) change.progress = undefined;
      }
      let r = rows.get(event.videoJob);
      if (r) r.patch(change);
      else r = add({ ...change, idea: { title: event.title, rowNumber: event.rowNumber } });
      if (event.videoJobState === "COMPLETED" && event.type === "VIDEO_JOB_STATE_CHANGED") complete(r);
    },
  };
}

// row shows one video job.
function row(video, signal) {
  let thumb = h("div.thumb.num");
  const title = h("bdi.title");
  const meta = h("div.meta.num");
  const why = h("div.why", { hidden: true });
  const state = h("span.state");
  const progress = bar("Progress of the video");
  const detail = h("span.small.num");
  const retry = h("button.button.slim", { type: "button", hidden: true, onclick: again }, "Retry");
  const body = h("div", title, meta, why);
  const now = h("div.now", state, progress.element, detail, retry);
  const element = h("article.row", { "aria-label": video.idea?.title ?? "" }, thumb, body, now);
  let player;

  function update(value) {
    video = value;
    draw();
  }

  function draw() {
    const idea = video.idea ?? {};
    const [text, kind] = videoState(video);
    const running = RUNNING.includes(video.state);
    put(title, idea.title || "Untitled");
    put(meta, facts(video));
    put(state, text);
    state.className = `state ${kind}`;
    progress.element.hidden = !running;
    progress.update(video.progress?.percent);
    put(detail, saying(video));
    detail.hidden = detail.textContent === "";
    retry.hidden = !["FAILED", "CANCELLED"].includes(video.state);
    const trouble = ["FAILED", "RETRYING", "SKIPPED", "RATE_LIMITED"].includes(video.state) ? video.error?.message : "";
    put(why, trouble ?? "");
    why.hidden = !trouble;
    why.className = video.state === "FAILED" ? "why" : "why warn";
    picture();
  }

  // picture shows the poster once there is one; a press on it opens the player.
  function picture() {
    const poster = file("image/");
    const wanted = file("video/") ? "BUTTON" : "DIV";
    if (thumb.tagName !== wanted) {
      const next = wanted === "BUTTON"
        ? h("button.thumb.num", { type: "button", "aria-expanded": false, "aria-label": `Play ${video.idea?.title ?? "the video"}`, onclick: toggle },
          poster && h("img", { src: address(poster), alt: "", loading: "lazy", decoding: "async" }))
        : h("div.thumb.num");
      thumb.replaceWith(next);
      thumb = next;
      if (wanted === "DIV") close();
    }
    if (wanted === "DIV") put(thumb, String(video.idea?.rowNumber || ""));
  }

  const file = (type) => (video.artifacts ?? []).find((a) => a.contentType.startsWith(type));
  const address = (artifact) => `/v1/${video.name}/artifacts/${encodeURIComponent(artifact.fileName)}`;

  function toggle() {
    if (player) close();
    else open();
  }

  function close() {
    player?.querySelector("video").pause();
    player?.remove();
    player = undefined;
    thumb.setAttribute("aria-expanded", "false");
  }

  function open() {
    const movie = file("video/");
    const poster = file("image/");
    const captions = (video.artifacts ?? []).find((a) => a.contentType.startsWith("text/vtt"));
    const [w, height] = (video.idea?.aspectRatio || "9:16").split(":");
    const view = h(
      "video",
      { controls: true, playsinline: true, preload: "metadata", poster: poster && address(poster), "--ratio": `${w} / ${height}` },
      h("source", { src: address(movie), type: movie.contentType }),
      captions && h("track", { kind: "captions", src: address(captions), srclang: video.idea?.language || "en", label: "Captions" }),
    );
    const links = (video.artifacts ?? []).map((a) =>
      h("a.button.slim", { href: `${address(a)}?download=1`, download: true, title: `${a.fileName}, ${bytes(a.sizeBytes)}` }, label(a.fileName)),
    );
    player = h("div.player", view, h("div.side", h("p.muted", h("bdi", video.idea?.description || video.idea?.script || "")), h("div.stack", h("h3", "Download"), h("div.buttons", links))));
    element.append(player);
    thumb.setAttribute("aria-expanded", "true");
    view.play().catch(() => {}); // a browser may want one more press
  }

  async function again() {
    retry.disabled = true;
    try {
      update({ ...video, ...(await post(`${video.name}:retry`, {}, signal)) });
    } catch (error) {
      if (!signal.aborted) trouble(error.message);
    } finally {
      retry.disabled = false;
    }
  }

  function trouble(message) {
    why.hidden = false;
    why.className = "why";
    why.replaceChildren(problem(message));
  }

  draw();
  return {
    element,
    name: video.name,
    number: video.idea?.rowNumber ?? 0,
    update,
    patch: (change) => update({ ...video, ...change }),
    trouble,
  };
}

const labels = { "video.mp4": "Video", "video.mov": "Video", "video.webm": "Video", "poster.jpg": "Poster", "captions.srt": "Captions .srt", "captions.vtt": "Captions .vtt", "manifest.json": "Manifest" };

function label(fileName) {
  return labels[fileName] ?? fileName;
}

// facts says what is known of a row beside its title.
function facts(video) {
  const idea = video.idea ?? {};
  const parts = [idea.rowNumber && `Row ${idea.rowNumber}`, idea.aspectRatio, idea.language, idea.style];
  if (video.priority === "URGENT") parts.push("urgent");
  if (video.priority === "LOW") parts.push("low priority");
  const length = seconds(video.videoDuration);
  if (length) parts.push(clock(length));
  return parts.filter(Boolean).join(" · ");
}

// saying tells what is going on now.
function saying(video) {
  if (RUNNING.includes(video.state)) {
    const eta = seconds(video.progress?.eta);
    return [stage(video.progress?.stage), eta !== undefined && `${span(eta)} left`].filter(Boolean).join(" · ");
  }
  if (video.state === "RETRYING" || video.state === "RATE_LIMITED") {
    const due = video.nextAttemptTime ? until(video.nextAttemptTime) : "";
    return video.state === "RETRYING" ? `Attempt ${video.attempt + 1} ${due}` : due;
  }
  return "";
}
