// The first view: start a bulk job, and the list of them.
import { get, query } from "./api.js";
import { bar, h, problem, put } from "./dom.js";
import { ago, isFinished, jobState, plural, seconds, span } from "./format.js";
import { start } from "./start.js";
import { limited, watch } from "./watch.js";

// Connections that follow bulk jobs at the same time; the newest come first. Browsers allow six to a server.
const FOLLOWED = 3;

export function home(project, signal) {
  return [start(project, signal), list(project, signal)];
}

function list(project, signal) {
  const places = limited(FOLLOWED);
  const jobs = h("div.jobs", { "aria-busy": true }, h("div.card.skeleton"), h("div.card.skeleton"), h("div.card.skeleton"));
  const more = h("button.button", { hidden: true }, "Show older ones");
  let pageToken = "";

  async function load() {
    more.disabled = true;
    try {
      const page = await get(`${project}/bulkJobs${query({ pageToken })}`, signal);
      if (!pageToken) jobs.replaceChildren();
      pageToken = page.nextPageToken;
      for (const bulkJob of page.bulkJobs) {
        const c = card(bulkJob, project, signal);
        jobs.append(c.element);
        if (!isFinished(bulkJob)) places.take(() => c.follow(places.release));
      }
      if (!jobs.children.length) jobs.replaceChildren(empty());
      more.hidden = !pageToken;
    } catch (error) {
      if (signal.aborted) return;
      const note = problem(error.message, () => {
        note.remove();
        load();
      });
      if (pageToken) jobs.append(note);
      else jobs.replaceChildren(note);
    } finally {
      more.disabled = false;
      jobs.removeAttribute("aria-busy");
    }
  }

  more.addEventListener("click", load);
  load();
  return h("section", { "aria-labelledby": "jobs" }, h("h2", { id: "jobs" }, "Bulk jobs"), jobs, h("div", more));
}

function empty() {
  return h("div.empty", h("strong", "No bulk jobs yet"), h("span", "Paste the link of a sheet above, and watch its videos appear here."));
}

// card shows a bulk job in the list.
function card(bulkJob, project, signal) {
  const title = h("span.title");
  const state = h("span.state");
  const progress = bar("Progress");
  const facts = h("span.num");
  const time = h("span.num");
  const element = h(
    "a.card.job",
    { href: `#/${bulkJob.name}` },
    h("div.line", title, state),
    progress.element,
    h("div.line.facts", facts, time),
  );

  function update(value) {
    bulkJob = value;
    const [text, kind] = jobState(bulkJob);
    const p = bulkJob.progress ?? {};
    put(title, name(bulkJob));
    put(state, text);
    state.className = `state ${kind}`;
    progress.update(p.percent, barKind(bulkJob));
    put(facts, summary(bulkJob));
    const eta = seconds(p.eta);
    put(time, !isFinished(bulkJob) && eta !== undefined ? `${span(eta)} left` : ago(bulkJob.createTime));
  }

  function follow(release) {
    const me = new AbortController();
    const both = AbortSignal.any([signal, me.signal]);
    const end = () => {
      me.abort();
      if (!signal.aborted) release();
    };
    watch(bulkJob.name, bulkJob.resumeToken, {
      signal: both,
      link() {},
      done: () => isFinished(bulkJob),
      message(m) {
        if (m.bulkJob) update(m.bulkJob);
        if (isFinished(bulkJob)) end();
      },
      async gone() {
        me.abort();
        try {
          update(await get(bulkJob.name, signal));
        } catch {
          if (signal.aborted) return; // else: what is shown stays, and the next try follows
        }
        if (isFinished(bulkJob)) release();
        else follow(release);
      },
    });
  }

  update(bulkJob);
  return { element, follow };
}

// name gives a bulk job's name for people.
export function name(bulkJob) {
  return bulkJob.displayName || bulkJob.importReport?.spreadsheetTitle || "Untitled sheet";
}

export function barKind(bulkJob) {
  return { COMPLETED: "ok", FAILED: "bad", PAUSED: "idle", CANCELLED: "idle" }[bulkJob.state] ?? "";
}

function summary(bulkJob) {
  const p = bulkJob.progress ?? {};
  if (bulkJob.state === "FAILED") return bulkJob.error?.message ?? "The sheet could not be read.";
  if (!p.totalCount) return isFinished(bulkJob) ? "No videos" : "Looking for rows…";
  const parts = [`${p.completedCount} of ${plural(p.totalCount, "video")}`];
  if (p.runningCount) parts.push(`${p.runningCount} rendering`);
  if (p.failedCount) parts.push(`${p.failedCount} failed`);
  if (p.rateLimited) parts.push("waiting for quota");
  return parts.join(" · ");
}
