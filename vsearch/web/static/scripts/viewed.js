// What was looked at: kept in this tab until it is closed, sent with a request, never stored there.

import { createStore } from "./store.js";

const PLACE = "vsearch.viewed";
const MOST = 50;

/**
 * @typedef {{kind: "view" | "click", sku: string, at: string, title: string, thumbnail: string}} Met
 *
 * @typedef {object} Viewed
 * @property {boolean} isKept whether what is looked at is kept
 * @property {readonly Met[]} met the latest last, each product once of a kind
 */

/** @type {Viewed} */
const NOTHING_YET = Object.freeze({ isKept: true, met: Object.freeze([]) });

export const viewed = createStore(read());

/**
 * Note that a product was looked at, or followed to the shop.
 *
 * @param {"view" | "click"} kind
 * @param {any} product as the service tells it
 * @returns {boolean} whether it is kept, and isn't what was noted last
 */
export function noteMet(kind, { sku, title, images }) {
  const { isKept, met } = viewed.get();
  if (!isKept) return false;
  const isSame = (one) => one.kind === kind && one.sku === sku;
  if (met.length && isSame(met.at(-1))) return false;
  const thumbnail = images[0]?.thumbnail ?? "";
  const now = { kind, sku, at: new Date().toISOString(), title: title || sku, thumbnail };
  keep({ isKept, met: [...met.filter((one) => !isSame(one)), now].slice(-MOST) });
  return true;
}

/** Keep what is looked at from now on, or forget it all and keep nothing more. */
export function keepViewed(isKept) {
  keep({ ...NOTHING_YET, isKept });
}

/** Each product once, the latest first. */
export function productsOf({ met }) {
  const bySku = new Map(met.toReversed().map((one) => [one.sku, one]));
  return [...bySku.values()];
}

/** @param {Viewed} now */
function keep(now) {
  try {
    sessionStorage.setItem(PLACE, JSON.stringify(now));
  } catch {
    // Without storage it holds until the page is loaded again.
  }
  viewed.set(now);
}

/** @returns {Viewed} */
function read() {
  try {
    return JSON.parse(sessionStorage.getItem(PLACE)) ?? NOTHING_YET;
  } catch {
    return NOTHING_YET;
  }
}
