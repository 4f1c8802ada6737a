// One request to the service: with the caller's key, a time limit, and problems as errors.

import { apiKey } from "./api-key.js";
import { Kind, Problem, problemOf } from "./problem.js";

const TIME_LIMIT_MS = 30_000;

/**
 * @template T
 * @param {string} path beginning with /
 * @param {RequestInit} options
 * @param {(response: Response) => Promise<T>} read takes a good answer's body
 * @returns {Promise<T>}
 * @throws {Problem} for every answer that isn't good, and where there is none
 * @throws {DOMException} AbortError where `options.signal` says stop
 */
async function request(path, options, read) {
  const limit = AbortSignal.timeout(TIME_LIMIT_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
  const headers = new Headers(options.headers);
  const key = apiKey.get();
  if (key) headers.set("Authorization", `Bearer ${key}`);
  try {
    const response = await fetch(path, { ...options, headers, signal });
    if (!response.ok) throw await problemOf(response);
    // The line may break, and time run out, in the middle of a body as well.
    return await read(response);
  } catch (error) {
    if (options.signal?.aborted || error instanceof Problem) throw error;
    throw new Problem(limit.aborted ? Kind.TIMEOUT : Kind.OFFLINE);
  }
}

/** The JSON of a good answer; as `request`. */
export function requestJson(path, options = {}) {
  return request(path, options, (response) => response.json());
}

/** The file that a good answer is; as `request`. */
export function requestFile(path, options = {}) {
  return request(path, options, (response) => response.blob());
}
