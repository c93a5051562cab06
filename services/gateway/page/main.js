// Shows the view that the address names. Each view gets a signal that ends what it started.
import { h } from "./dom.js";
import { home } from "./home.js";
import { job } from "./job.js";

const main = document.getElementById("main");
let current;

// parse reads "#/projects/{project}" and "#/projects/{project}/bulkJobs/{bulk_job}"; anything else is the home view.
function parse(hash) {
  const m = /^#\/projects\/([a-z][a-z0-9-]*)(?:\/bulkJobs\/([0-9a-f-]+))?$/.exec(hash);
  return { project: `projects/${m?.[1] ?? document.documentElement.dataset.project}`, bulkJob: m?.[2] };
}

function show() {
  if (location.hash === "#main") return; // the skip link
  current?.abort();
  current = new AbortController();
  const { project, bulkJob } = parse(location.hash);
  document.getElementById("project").textContent = project.replace("projects/", "");
  document.querySelector(".brand").href = `#/${project}`;
  document.title = "Sheetreel";
  const view = bulkJob ? job(`${project}/bulkJobs/${bulkJob}`, project, current.signal) : home(project, current.signal);
  main.replaceChildren(...(view.length ? view : [h("p", "Nothing here.")]));
  scrollTo(0, 0);
}

addEventListener("hashchange", () => {
  show();
  if (location.hash !== "#main") main.focus({ preventScroll: true });
});
show();
