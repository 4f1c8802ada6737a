// What the page asks the service for.

import { requestFile, requestJson } from "./request.js";
import { NOTHING, whereOf } from "./question.js";

const MOST_THINGS = 5;

/** @param {AbortSignal} [signal] */
export function collection(signal) {
  return requestJson("/v1/collection", { signal });
}

/**
 * The answer to a question.
 *
 * @param {import("./question.js").Question} question
 * @param {{k: number, offset?: number, facets?: string[], exceptField?: string, signal?: AbortSignal}} page
 */
export function query(question, { k, offset = 0, facets = [], exceptField = "", signal }) {
  const where = whereOf(question, exceptField);
  const body = bodyOf(question, { where, k, offset, facets });
  return requestJson("/v1/query", { method: "POST", ...body, signal });
}

/** The things in the question's photo, each with its box and what it looks like most. */
export function things(question, signal) {
  const photoAlone = { ...NOTHING, photo: question.photo };
  const body = bodyOf(photoAlone, { regions: MOST_THINGS, k: 1 });
  return requestJson("/v1/query", { method: "POST", ...body, signal });
}

/**
 * A picture of what matched between the question's picture and a hit's.
 *
 * @returns {Promise<Blob>}
 */
export function explain(question, sku, signal) {
  const body = bodyOf({ ...question, words: "" }, {});
  const path = `/v1/explain?explained=${encodeURIComponent(sku)}`;
  return requestFile(path, { method: "POST", ...body, signal });
}

export function product(sku, signal) {
  return requestJson(`/v1/products/${encodeURIComponent(sku)}`, { signal });
}

export function similar(sku, k, signal) {
  return requestJson(`/v1/products/${encodeURIComponent(sku)}/similar?k=${k}`, { signal });
}

export function goesWith(sku, k, signal) {
  return requestJson(`/v1/products/${encodeURIComponent(sku)}/goes-with?k=${k}`, { signal });
}

/**
 * What a shopper may want next.
 *
 * @param {readonly import("./viewed.js").Met[]} met what was looked at
 */
export function recommend(met, k, signal) {
  const history = met.map(({ kind, sku, at }) => ({ kind, sku, at }));
  return requestJson("/v1/recommend", { method: "POST", ...json({ history, k }), signal });
}

/** Some products of the catalogue, to begin with. */
export function someProducts(k, signal) {
  return requestJson(`/v1/products?k=${k}`, { signal });
}

export function sendEvents(events) {
  return requestJson("/v1/events", {
    method: "POST",
    ...json({ events }),
    keepalive: true,
  });
}

function json(told) {
  return { headers: { "Content-Type": "application/json" }, body: JSON.stringify(told) };
}

function bodyOf(question, rest) {
  const told = { ...rest };
  if (question.sku) told.sku = question.sku;
  if (question.words.trim()) told.words = question.words.trim();
  if (question.like.length) told.like = question.like;
  if (question.unlike.length) told.unlike = question.unlike;
  if (!question.photo) return json(told);
  if (question.box) told.box = question.box;
  const form = new FormData();
  form.append("image", question.photo.blob, "photo");
  form.append("query", JSON.stringify(told));
  return { body: form };
}
