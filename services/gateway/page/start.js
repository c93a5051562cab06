// The form that checks a sheet and starts a bulk job.
import { post } from "./api.js";
import { h, problem } from "./dom.js";
import { ago, plural } from "./format.js";
import { columns, findings } from "./findings.js";

const SHOWN_IDEAS = 8;

export function start(project, signal) {
  const sheet = h("input", { name: "sheet", type: "text", inputmode: "url", required: true, autocomplete: "off", spellcheck: "false", maxlength: 2048, placeholder: "https://docs.google.com/spreadsheets/d/…" });
  const range = h("input", { name: "range", type: "text", autocomplete: "off", maxlength: 512, placeholder: "The link’s tab" });
  const display = h("input", { name: "name", type: "text", autocomplete: "off", maxlength: 200, placeholder: "The sheet’s title" });
  const resolution = h("select", h("option", { value: "360" }, "360p, draft"), h("option", { value: "720", selected: true }, "720p"), h("option", { value: "1080" }, "1080p"));
  const priority = h("select", h("option", { value: "URGENT" }, "Urgent"), h("option", { value: "NORMAL", selected: true }, "Normal"), h("option", { value: "LOW" }, "Low"));
  const check = h("button.button", { type: "button" }, "Check");
  const go = h("button.button.primary", { type: "submit" }, "Start");
  const answer = h("div.stack");

  const source = () => ({ googleSheet: { spreadsheet: sheet.value.trim(), range: range.value.trim() } });

  // busy runs fn with the buttons off and shows what goes wrong.
  async function busy(button, words, fn) {
    if (!form.reportValidity()) return;
    const label = button.textContent;
    check.disabled = go.disabled = true;
    button.textContent = words;
    try {
      await fn();
    } catch (error) {
      if (!signal.aborted) answer.replaceChildren(problem(error.message));
    } finally {
      check.disabled = go.disabled = false;
      button.textContent = label;
    }
  }

  const create = (requestId) =>
    busy(go, "Starting…", async () => {
      const body = { source: source(), displayName: display.value.trim(), priority: priority.value, renderOptions: { resolution: Number(resolution.value) } };
      const asked = Date.now();
      const bulkJob = await post(`${project}/bulkJobs${requestId ? `?requestId=${requestId}` : ""}`, body, signal);
      if (!requestId && asked - Date.parse(bulkJob.createTime) > 5000) answer.replaceChildren(existing(bulkJob));
      else location.hash = `#/${bulkJob.name}`;
    });

  const existing = (bulkJob) =>
    h(
      "div.notice",
      { role: "status" },
      h("p", `This sheet was started ${ago(bulkJob.createTime)} with the same options.`),
      h("a.button.slim", { href: `#/${bulkJob.name}` }, "Open it"),
      h("button.button.slim", { type: "button", onclick: () => create(crypto.randomUUID?.() ?? String(Date.now())) }, "Start another one"),
    );

  check.addEventListener("click", () =>
    busy(check, "Checking…", async () => answer.replaceChildren(preview(await post(`${project}/ideas:check`, { source: source() }, signal)))),
  );

  const form = h(
    "form.card.pad.stack",
    {
      onsubmit(event) {
        event.preventDefault();
        create();
      },
    },
    h("div.entry", field("Link of a Google Sheet", sheet), check, go),
    h("details", h("summary", "Options"), h("div.options", field("Tab or range", range), field("Name", display), field("Size", resolution), field("Priority", priority))),
    answer,
  );
  return h("section", h("h1", "Turn a sheet into videos"), h("p.lead", "One row is one idea, and becomes one video. Check the sheet first to see which rows are fine; nothing is started by that."), form);
}

function field(label, input) {
  return h("label.field", h("span", label), input);
}

// preview shows what a check found.
function preview({ report, ideas }) {
  const good = report.validRowCount;
  const parts = [`${good} of ${plural(report.rowCount, "row")} can become videos`];
  if (report.invalidRowCount) parts.push(`${report.invalidRowCount} with errors`);
  if (report.duplicateRowCount) parts.push(plural(report.duplicateRowCount, "duplicate"));
  return h(
    "div.stack",
    { role: "status" },
    h("div.head", h("h2", report.spreadsheetTitle || "The sheet"), h("span.muted.small", report.range)),
    h(good ? "p.notice" : "p.notice.warn", parts.join(" · ")),
    columns(report),
    findings(report),
    ideas.length > 0 && rows(ideas),
  );
}

function rows(ideas) {
  const line = (idea) => h("li", h("span.muted.num", idea.rowNumber), h("bdi", idea.title || idea.description || idea.script), h("span.muted.small", idea.aspectRatio));
  const all = h("ul.card.ideas", ideas.slice(0, SHOWN_IDEAS).map(line));
  const hidden = ideas.slice(SHOWN_IDEAS);
  const more = h("button.button.slim", { type: "button" }, `Show ${hidden.length} more`);
  more.addEventListener("click", () => {
    all.append(...hidden.map(line));
    more.remove();
  });
  return h("div.stack", all, hidden.length > 0 && h("div", more));
}
