// Shows what an import report says about a sheet.
import { h } from "./dom.js";
import { plural } from "./format.js";

// columns shows which column feeds which field.
export function columns(report) {
  if (!report.columns?.length) return null;
  const known = report.columns.filter((c) => c.field);
  return h(
    "ul.columns",
    { "aria-label": "Columns" },
    known.map((c) => h("li", `${c.column} `, h("b", c.header), ` → ${c.field.replace(/^var:.*/, "variable")}`)),
  );
}

// findings lists what was noticed, errors first within the sheet's order; null when there is nothing to say.
export function findings(report) {
  const all = report?.findings ?? [];
  if (!all.length) return null;
  const rest = report.findingCount - all.length;
  return h("div.stack", h("ul.card.findings", { "aria-label": "Findings" }, all.map(finding)), rest > 0 && h("p.muted.small", `and ${plural(rest, "more finding")}`));
}

function finding(f) {
  const bad = f.severity === "ERROR";
  return h(
    "li",
    h(`span.tag.${bad ? "bad" : "warn"}`, bad ? "Error" : "Warning"),
    h("span.where", f.cell || (f.rowNumber ? `Row ${f.rowNumber}` : "")),
    h(
      "div.text",
      h("p", f.message),
      h("p.advice", [f.rowNumber ? `Row ${f.rowNumber}` : "", f.field, f.suggestion && `Try: ${f.suggestion}`].filter(Boolean).join(" · ")),
    ),
  );
}
