// Talks to the JSON API.

// ApiError is an answer that says no, or no answer at all (code 0).
export class ApiError extends Error {
  constructor(code, message, details = []) {
    super(message);
    this.code = code;
    this.reason = details.find((d) => d.reason)?.reason ?? "";
  }
}

async function call(method, path, body, signal) {
  let response;
  try {
    response = await fetch(`/v1/${path}`, {
      method,
      signal,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "Sheetreel does not answer. Is it running?");
  }
  let answer;
  try {
    answer = await response.json();
  } catch {
    throw new ApiError(response.status, `The answer could not be read (HTTP ${response.status}).`);
  }
  if (!response.ok) {
    const { code, message, details } = answer.error ?? { code: response.status };
    throw new ApiError(code, message || `HTTP ${response.status}`, details);
  }
  return answer;
}

export const get = (path, signal) => call("GET", path, undefined, signal);
export const post = (path, body = {}, signal) => call("POST", path, body, signal);

// query makes a query string of what is set.
export function query(values) {
  const set = Object.entries(values).filter(([, v]) => v);
  return set.length ? `?${new URLSearchParams(set)}` : "";
}
