// The view of one bulk job.
import { get, post, query } from "./api.js";
import { bar, h, problem, put, say } from "./dom.js";
import { isFinished, jobState, plural, seconds, span } from "./format.js";
import { columns, findings } from "./findings.js";
import { barKind, name as title } from "./home.js";
import { videoRows } from "./rows.js";
import { watch } from "./watch.js";

const PAGE_SIZE = 500;

export function job(name, project, signal) {
  let bulkJob;
  const heading = h("h1", "Bulk job");
  const state = h("span.state");
  const link = h("span.link-state", { "aria-hidden": true });
  const percent = h("span.percent.num", "0%");
  const progress = bar("Progress of the bulk job", true);
  const figures = h("dl.figures.num");
  const buttons = h("div.buttons");
  const note = h("div.note");
  const report = h("section", { hidden: true });
  const overview = h(
    "div.card.pad.overview",
    h("div.head", percent, h("span.end", link)),
    progress.element,
    figures,
    buttons,
    note,
  );
  const videos = videoRows(name, signal);
  const more = h("button.button.slim", "Load more");
  const rest = h("div.more", { hidden: true }, more);
  const place = h("div.card.rows", { "aria-busy": true }, h("div.skeleton.row"), h("div.skeleton.row"), h("div.skeleton.row"));
  let pageToken = "";

  function update(value) {
    const before = bulkJob?.state;
    const read = bulkJob?.importReport;
    bulkJob = value;
    const [text, kind] = jobState(bulkJob);
    const p = bulkJob.progress ?? {};
    put(heading, title(bulkJob));
    document.title = `${isFinished(bulkJob) ? "" : `${Math.floor(p.percent ?? 0)}% · `}${title(bulkJob)} · Sheetreel`;
    put(state, text);
    state.className = `state ${kind}`;
    put(percent, `${Math.floor(p.percent ?? 0)}%`);
    progress.update(p.percent, barKind(bulkJob));
    numbers(p);
    if (before !== bulkJob.state) {
      if (before) say(`${title(bulkJob)}: ${text}`);
      steer();
      if (isFinished(bulkJob)) put(link, "");
    }
    if (bulkJob.state === "FAILED") note.replaceChildren(problem(bulkJob.error?.message ?? "The sheet could not be read."));
    else if (before === "FAILED") note.replaceChildren();
    if (bulkJob.importReport && bulkJob.importReport.findingCount !== read?.findingCount) showReport(bulkJob.importReport);
    videos.empty(isFinished(bulkJob) ? "No row became a video." : "Waiting for the first rows of the sheet…");
  }

  function numbers(p) {
    const eta = seconds(p.eta);
    const ended = bulkJob && isFinished(bulkJob);
    const values = [
      ["Videos", p.totalCount ?? 0],
      ["Done", p.completedCount ?? 0],
      ["Rendering", p.runningCount ?? 0],
      ["Waiting", p.pendingCount ?? 0],
      ["Failed", p.failedCount ?? 0],
      ended ? ["Took", span(seconds(p.processingDuration))] : ["Time left", span(eta)],
    ];
    if (!figures.children.length) figures.append(...values.map(([label]) => h("div", h("dt", label), h("dd"))));
    values.forEach(([label, value], i) => {
      put(figures.children[i].firstChild, label);
      put(figures.children[i].lastChild, String(value));
    });
  }

  function steer() {
    const s = bulkJob.state;
    buttons.replaceChildren(
      ...[
        ["PENDING", "INGESTING", "RUNNING"].includes(s) && action("Pause", "pause"),
        s === "PAUSED" && action("Resume", "resume", "primary"),
        !isFinished(bulkJob) && action("Cancel", "cancel", "danger", "Cancel all that is left?"),
        s === "FAILED" && action("Read the sheet again", "retry", "primary"),
        s === "COMPLETED" && bulkJob.progress?.failedCount > 0 && action("Retry the failed ones", "retry", "primary"),
      ].filter(Boolean),
    );
    buttons.hidden = !buttons.children.length;
  }

  // action makes a button that steers the bulk job. With a question, it must be pressed twice.
  function action(label, verb, kind = "", question = "") {
    const button = h("button.button", { type: "button" }, label);
    if (kind) button.classList.add(kind);
    const calm = () => {
      button.classList.remove("sure");
      put(button, label);
    };
    button.addEventListener("blur", calm);
    button.addEventListener("click", async () => {
      if (question && !button.classList.contains("sure")) {
        button.classList.add("sure");
        put(button, question);
        return;
      }
      button.disabled = true;
      note.replaceChildren();
      try {
        const was = isFinished(bulkJob);
        const answer = await post(`${name}:${verb}`, {}, signal);
        update(answer);
        if (was) load(); // its watch has ended: start again
      } catch (error) {
        if (!signal.aborted) note.replaceChildren(problem(error.message));
      } finally {
        button.disabled = false;
        calm();
      }
    });
    return button;
  }

  function showReport(r) {
    const found = findings(r);
    report.hidden = !found && !r.columns?.length;
    const counts = [r.range, `header in row ${r.headerRow}`, plural(r.rowCount, "row"), `${r.validRowCount} fine`];
    if (r.invalidRowCount) counts.push(`${r.invalidRowCount} with errors`);
    if (r.duplicateRowCount) counts.push(plural(r.duplicateRowCount, "duplicate"));
    report.replaceChildren(...[h("div.head", h("h2", "The sheet"), h("span.muted.small", counts.join(" · "))), columns(r), found].filter(Boolean));
  }

  // follow applies what the watch tells.
  function follow(token) {
    const me = new AbortController();
    put(link, "Connecting…");
    watch(name, token, {
      signal: AbortSignal.any([signal, me.signal]),
      link: (live) => put(link, isFinished(bulkJob) ? "" : live ? "Live" : "Reconnecting…"),
      done: () => isFinished(bulkJob),
      message(m) {
        if (m.bulkJob) update(m.bulkJob);
        m.events.forEach((event) => videos.apply(event));
      },
      gone() {
        me.abort();
        load();
      },
    });
  }

  // load reads everything, then follows from there.
  async function load() {
    try {
      update(await get(name, signal));
      overview.hidden = false;
      const page = await get(`${name}/videoJobs${query({ pageSize: PAGE_SIZE })}`, signal);
      videos.fill(page.videoJobs);
      pageToken = page.nextPageToken;
      rest.hidden = !pageToken;
      place.replaceChildren(videos.element, rest);
      place.removeAttribute("aria-busy");
      if (!isFinished(bulkJob)) follow(page.resumeToken);
    } catch (error) {
      if (signal.aborted) return;
      if (bulkJob && error.code === 0) {
        put(link, "Reconnecting…");
        const timer = setTimeout(load, 3000);
        signal.addEventListener("abort", () => clearTimeout(timer));
        return;
      }
      const missing = error.code === 404 || error.code === 400;
      overview.hidden = missing;
      place.replaceChildren(problem(missing ? "There is no such bulk job. Its link may be wrong." : error.message, load));
    }
  }

  more.addEventListener("click", async () => {
    more.disabled = true;
    try {
      const page = await get(`${name}/videoJobs${query({ pageSize: PAGE_SIZE, pageToken })}`, signal);
      videos.fill(page.videoJobs);
      pageToken = page.nextPageToken;
      rest.hidden = !pageToken;
    } catch (error) {
      if (!signal.aborted) say(error.message);
    } finally {
      more.disabled = false;
    }
  });

  numbers({}); // so that nothing moves when the true ones come
  load();
  return [
    h("section", h("a.small", { href: `#/${project}` }, "← All bulk jobs"), h("div.head", heading, state), overview),
    h("section", { "aria-labelledby": "videos" }, h("h2", { id: "videos" }, "Videos"), place),
    report,
  ];
}
