// The search that runs: the latest question wins, a page after the other, busy services wait.

import { apiKey } from "./api-key.js";
import { Kind } from "./problem.js";
import { isAsking } from "./question.js";
import * as service from "./service.js";
import { createStore } from "./store.js";

export const PAGE = 24;

const MOST_TRIES = 4;

/**
 * @typedef {object} Answered
 * @property {"idle" | "waiting" | "ready" | "failed"} state
 * @property {any} answer of the first page; while waiting the one before
 * @property {any[]} hits of all pages so far
 * @property {Record<string, any[]>} facets values to choose from, chosen or not
 * @property {boolean} hasMore
 * @property {boolean} isAdding whether a further page is on its way
 * @property {import("./problem.js").Problem | null} problem
 * @property {import("./question.js").Question | null} question that `answer` is for
 */

/** @type {Answered} */
const IDLE = Object.freeze({
  state: "idle",
  answer: null,
  hits: [],
  facets: {},
  hasMore: false,
  isAdding: false,
  problem: null,
  question: null,
});

export function createSearch() {
  const store = createStore(IDLE);
  let current = { question: null, facets: [] };
  let running = new AbortController();
  let timer = 0;

  function change(part) {
    store.set({ ...store.get(), ...part });
  }

  function stop() {
    running.abort();
    clearTimeout(timer);
    running = new AbortController();
    return running.signal;
  }

  /** Ask, once `delay` ms have passed without another question. */
  function ask(question, facets, delay = 0) {
    const signal = stop();
    current = { question, facets };
    if (!isAsking(question)) {
      store.set(IDLE);
      return;
    }
    change({ state: "waiting", isAdding: false });
    timer = setTimeout(() => begin(signal, 1), delay);
  }

  async function begin(signal, tries) {
    const { question, facets } = current;
    try {
      const [answer, others] = await Promise.all([
        service.query(question, { k: PAGE, facets, signal }),
        facetsWithoutThemselves(question, facets, signal),
      ]);
      store.set({
        ...IDLE,
        state: "ready",
        answer,
        hits: hitsOf(answer),
        facets: { ...answer.facets, ...others },
        hasMore: answer.hits.length === PAGE,
        question,
      });
    } catch (problem) {
      if (signal.aborted) return;
      failed(problem, signal, tries, () => begin(signal, tries + 1));
    }
  }

  function failed(problem, signal, tries, again) {
    const isBusy = problem.kind === Kind.BUSY && tries < MOST_TRIES;
    // A fault of this page has no kind; it must not pass for one of the network.
    if (!problem.kind) console.error(problem);
    change({ state: "failed", isAdding: false, problem });
    if (isBusy) timer = setTimeout(() => !signal.aborted && again(), problem.retryAfter * 1000);
  }

  /** Add the next page; resolves to the rank of its first hit, or 0 where none came. */
  async function showMore() {
    const { hits, hasMore, isAdding, question } = store.get();
    if (!hasMore || isAdding || !question) return 0;
    const { signal } = running;
    change({ isAdding: true, problem: null, state: "ready" });
    try {
      const page = await service.query(question, { k: PAGE, offset: hits.length, signal });
      const known = new Set(hits.map((hit) => hit.sku));
      // The catalogue may have changed between two pages.
      const added = hitsOf(page).filter((hit) => !known.has(hit.sku));
      change({
        hits: [...hits, ...added],
        hasMore: page.hits.length === PAGE,
        isAdding: false,
      });
      return added.length ? added[0].rank : 0;
    } catch (problem) {
      if (!signal.aborted) failed(problem, signal, MOST_TRIES, () => {});
      return 0;
    }
  }

  function again() {
    if (current.question) ask(current.question, current.facets);
  }

  window.addEventListener("online", () => {
    if (store.get().problem?.kind === Kind.OFFLINE) again();
  });
  apiKey.subscribe(again);

  return { ...store, ask, again, showMore };
}

/** The hits of an answer, each with the query that found it: events name that. */
function hitsOf(answer) {
  return answer.hits.map((hit) => ({ ...hit, queryId: answer.query_id }));
}

/**
 * What else there is to choose in the facets that something is chosen in: counted as if nothing
 * were, since within a facet any value will do.
 */
async function facetsWithoutThemselves(question, facets, signal) {
  const chosen = Object.keys(question.choices).filter((field) => facets.includes(field));
  const counted = await Promise.all(
    chosen.map((field) =>
      service.query(question, { k: 1, facets: [field], exceptField: field, signal }),
    ),
  );
  return Object.fromEntries(chosen.map((field, at) => [field, counted[at].facets[field] ?? []]));
}
