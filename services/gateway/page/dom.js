// Builds elements. Text always becomes a text node, so nothing from a sheet can turn into markup.

// h makes an element: h("a.button.slim", {href}, "Text", child). Properties starting with "on" are listeners;
// "--name" sets a custom property; null, undefined and false children are left out.
export function h(spec, ...rest) {
  const [tag, ...classes] = spec.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  let children = rest;
  if (rest.length && isProperties(rest[0])) {
    set(element, rest[0]);
    children = rest.slice(1);
  }
  element.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return element;
}

function isProperties(value) {
  return value !== null && typeof value === "object" && !(value instanceof Node) && !Array.isArray(value);
}

function set(element, properties) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name.startsWith("--")) element.style.setProperty(name, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
}

// put changes an element's text only if it differs, which spares work and screen readers.
export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// say tells screen readers.
export function say(text) {
  put(document.getElementById("live"), text);
}

// bar is a progress bar; its update(percent, kind) moves it.
export function bar(label, tall = false) {
  const fill = h("i");
  const element = h("div", { role: "progressbar", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100 }, fill);
  const update = (percent, kind = "") => {
    const share = Math.min(Math.max(percent || 0, 0), 100);
    fill.style.setProperty("--share", share / 100);
    element.setAttribute("aria-valuenow", Math.round(share));
    element.className = `bar ${tall ? "tall" : ""} ${kind}`;
  };
  update(0);
  return { element, update };
}

// problem shows an error with a way to go on.
export function problem(message, retry) {
  return h("div.notice.bad", { role: "alert" }, h("p", message), retry && h("button.button.slim", { onclick: retry }, "Try again"));
}
