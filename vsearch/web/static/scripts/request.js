// One request to the service: with the caller's key, a time limit, and problems as errors.

import { apiKey } from "./api-key.js";
import { Kind, Problem, problemOf } from "./problem.js";

const TIME_LIMIT_MS = 30_000;

/**
 * @param {string} path beginning with /
 * @param {RequestInit} [options]
 * @returns {Promise<Response>}
 * @throws {Problem} for every answer that isn't good, and where there is none
 * @throws {DOMException} AbortError where `options.signal` says stop
 */
export async function request(path, options = {}) {
  const limit = AbortSignal.timeout(TIME_LIMIT_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
  const headers = new Headers(options.headers);
  const key = apiKey.get();
  if (key) headers.set("Authorization", `Bearer ${key}`);
  let response;
  try {
    response = await fetch(path, { ...options, headers, signal });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Problem(limit.aborted ? Kind.TIMEOUT : Kind.OFFLINE);
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

/** The JSON of a good answer; as `request`. */
export async function requestJson(path, options = {}) {
  const response = await request(path, options);
  return response.json();
}
