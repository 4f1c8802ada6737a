// Tells the service what was looked at and what was followed to the shop; nobody waits for it.

import { apiKey } from "./api-key.js";
import { sendEvents } from "./service.js";

const PLACE = "vsearch.session";

/** Null until the service has said so: what is to be told waits for that. */
let isAllowed = null;
const waiting = [];

/** Whether the service keeps events of this caller, by what they may do. */
export function allowEvents(scopes) {
  isAllowed = scopes.includes("read");
  send(waiting.splice(0));
}

/**
 * @param {"view" | "click"} kind
 * @param {string} sku
 * @param {{queryId?: string, position?: number}} [from] the answer that showed it, and its rank
 */
export function tell(kind, sku, { queryId = "", position } = {}) {
  const event = { kind, sku, session_id: sessionId(), query_id: queryId };
  if (position) event.position = position;
  if (isAllowed === null) waiting.push({ ...event, at: new Date().toISOString() });
  else send([event]);
}

function send(events) {
  if (!isAllowed || !events.length) return;
  sendEvents(events).catch((problem) => {
    // Not worth a word to the shopper. Who was refused need not ask again.
    if (problem.kind === "key" || problem.kind === "scope") isAllowed = false;
  });
}

// Another key may do what the one before could not; the collection says so again.
apiKey.subscribe(() => {
  isAllowed = null;
});

let unstored = "";

function sessionId() {
  try {
    const known = sessionStorage.getItem(PLACE) ?? makeId();
    sessionStorage.setItem(PLACE, known);
    return known;
  } catch {
    unstored ||= makeId();
    return unstored;
  }
}

function makeId() {
  // `crypto.randomUUID` is there on secure pages only, and a shop tries this on its own network.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
