// Says values in words.

// seconds reads a duration as the API writes it, for example "3.5s"; undefined when it is not set.
export function seconds(duration) {
  return duration ? Number.parseFloat(duration) : undefined;
}

// span says a number of seconds: 45 s, 3 min 20 s, 2 h 5 min.
export function span(value) {
  if (value === undefined || Number.isNaN(value)) return "–";
  const s = Math.max(0, Math.round(value));
  if (s < 60) return `${s} s`;
  if (s < 600) return s % 60 ? `${Math.floor(s / 60)} min ${s % 60} s` : `${s / 60} min`;
  if (s < 3600) return `${Math.round(s / 60)} min`;
  const minutes = Math.round((s % 3600) / 60);
  return minutes ? `${Math.floor(s / 3600)} h ${minutes} min` : `${Math.floor(s / 3600)} h`;
}

// clock says the length of a video: 0:12, 1:05.
export function clock(value) {
  const s = Math.round(value);
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
}

// ago says how long a time is past.
export function ago(time) {
  if (!time) return "";
  const s = (Date.now() - Date.parse(time)) / 1000;
  if (s < 60) return "just now";
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  if (s < 3600) return words.format(-Math.round(s / 60), "minute");
  if (s < 86400) return words.format(-Math.round(s / 3600), "hour");
  return words.format(-Math.round(s / 86400), "day");
}

// plural says "1 video", "2 videos".
export function plural(count, one, many = `${one}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

const jobStates = {
  PENDING: ["Waiting", ""],
  INGESTING: ["Reading the sheet", "run"],
  RUNNING: ["Rendering", "run"],
  PAUSED: ["Paused", "warn"],
  COMPLETED: ["Finished", "ok"],
  FAILED: ["Failed", "bad"],
  CANCELLED: ["Cancelled", ""],
};

// jobState gives the words and the kind of a bulk job's state.
export function jobState(job) {
  const [text, kind] = jobStates[job.state] ?? [job.state, ""];
  const failed = job.progress?.failedCount ?? 0;
  if (job.state === "COMPLETED" && failed > 0) return [`Finished, ${failed} failed`, "warn"];
  return [text, kind];
}

export const isFinished = (job) => ["COMPLETED", "FAILED", "CANCELLED"].includes(job.state);

const videoStates = {
  QUEUED: ["Queued", ""],
  RATE_LIMITED: ["Waiting for quota", "warn"],
  DISPATCHED: ["Starting", "run"],
  IN_PROGRESS: ["Rendering", "run"],
  RETRYING: ["Will retry", "warn"],
  COMPLETED: ["Done", "ok"],
  FAILED: ["Failed", "bad"],
  CANCELLED: ["Cancelled", ""],
  SKIPPED: ["Skipped", ""],
};

// videoState gives the words and the kind of a video job's state.
export function videoState(video) {
  return videoStates[video.state] ?? [video.state, ""];
}

const stages = {
  plan: "Planning scenes",
  speech: "Recording the voice",
  frames: "Drawing frames",
  mux: "Putting it together",
  publish: "Publishing",
};

export const stage = (name) => stages[name] ?? name ?? "";

// until says when something is due.
export function until(time) {
  const left = (Date.parse(time) - Date.now()) / 1000;
  return left > 0 ? `in ${span(left)}` : "any moment";
}

// bytes says a size.
export function bytes(value) {
  const n = Number(value);
  if (n < 1000) return `${n} B`;
  if (n < 1e6) return `${Math.round(n / 1e3)} kB`;
  return `${(n / 1e6).toFixed(1)} MB`;
}
