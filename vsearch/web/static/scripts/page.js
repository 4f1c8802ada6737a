// The page's own state, and everything that can be done with it; components only draw it.

import { toAddress } from "./address.js";
import { apiKey } from "./api-key.js";
import { createHistory } from "./history.js";
import { photoFromCatalogue, photoOf } from "./photo.js";
import { Kind } from "./problem.js";
import * as questions from "./question.js";
import { createSearch } from "./search.js";
import * as service from "./service.js";
import { allowEvents, tell } from "./shopping-events.js";
import { createStore } from "./store.js";
import { noteMet } from "./viewed.js";

/** While a crop box is dragged, results follow at this pace. */
const DRAGGING_MS = 140;

export function createPage() {
  const place = createHistory();
  const search = createSearch();
  const collection = createStore(null);
  const trouble = createStore(null);
  const isPreparing = createStore(false);
  const openedFrom = new Map();
  let asked = "";
  let isDragging = false;
  let loading = new AbortController();
  let loadingHash = "";

  function askWhatIsThere() {
    const known = collection.get();
    const { question } = place.get();
    if (!known || waitsForPhoto(question)) return;
    const key = `${question.photo?.id ?? ""} ${toAddress(question)}`;
    if (key === asked) return;
    asked = key;
    search.ask(question, known.facets, isDragging ? DRAGGING_MS : 0);
  }

  function waitsForPhoto(question) {
    return question.hash !== "" && !question.photo;
  }

  async function loadCollection() {
    trouble.set(null);
    try {
      const known = await service.collection();
      allowEvents(known.scopes ?? []);
      collection.set(known);
    } catch (problem) {
      trouble.set(problem);
      if (problem.kind === Kind.BUSY) setTimeout(loadCollection, problem.retryAfter * 1000);
      return;
    }
    arrived();
  }

  /** Do what a place asks for, after a step through the history as well. */
  function arrived() {
    const { question } = place.get();
    if (collection.get() && waitsForPhoto(question)) loadPicture(question.hash);
    askWhatIsThere();
  }

  /**
   * Make a photo the question.
   *
   * @param {(signal: AbortSignal) => Promise<import("./question.js").Photo>} made gives it
   * @param {"push" | "replace"} how it goes into the history
   * @param {() => boolean} [isWanted] asked once it is there
   */
  async function takePhoto(made, how, isWanted = () => true) {
    loading.abort();
    loading = new AbortController();
    const { signal } = loading;
    isPreparing.set(true);
    trouble.set(null);
    try {
      const photo = await made(signal);
      if (signal.aborted || !isWanted()) return;
      place.go({ question: questions.withPhoto(place.get().question, photo), product: "" }, how);
      if (how === "push") beginAtTheTop();
    } catch (problem) {
      if (signal.aborted || !isWanted()) return;
      trouble.set(problem);
      if (how === "replace") change(questions.withoutPicture, "replace");
    } finally {
      if (!signal.aborted) isPreparing.set(false);
    }
  }

  /** Get the photo that an address names. */
  async function loadPicture(hash) {
    if (hash === loadingHash) return;
    loadingHash = hash;
    const isWanted = () => waitsForPhoto(place.get().question) && loadingHash === hash;
    await takePhoto((signal) => photoFromCatalogue(hash, signal), "replace", isWanted);
    if (loadingHash === hash) loadingHash = "";
  }

  /**
   * @param {(before: import("./question.js").Question) => import("./question.js").Question} next
   * @param {"push" | "replace" | "pass"} [how] it goes into the history
   */
  function change(next, how = "push") {
    place.go({ question: next(place.get().question) }, how);
  }

  /** Who doesn't want it kept here wants it told over there even less. */
  function met(kind, product) {
    if (noteMet(kind, product)) tell(kind, product.sku, openedFrom.get(product.sku));
  }

  place.subscribe(arrived);
  apiKey.subscribe(loadCollection);
  window.addEventListener("online", () => {
    if (trouble.get()?.kind === Kind.OFFLINE) loadCollection();
  });

  return {
    place,
    search,
    collection,
    trouble,
    isPreparing,
    start: loadCollection,

    usePhoto: (file) => takePhoto(() => photoOf(file), "push"),
    usePicture: (hash) => takePhoto((signal) => photoFromCatalogue(hash, signal), "push"),
    removePicture: () => change(questions.withoutPicture),
    startAgain() {
      loading.abort();
      isPreparing.set(false);
      trouble.set(null);
      place.go({ question: questions.NOTHING, product: "" });
    },

    /** Search with a part of the photo; while it is still dragged, without a step back to it. */
    crop(box, stillDragged) {
      isDragging = stillDragged;
      change((question) => ({ ...question, box }), stillDragged ? "pass" : "push");
      isDragging = false;
    },

    type(words) {
      const isFirst = place.get().question.words === "";
      change((question) => ({ ...question, words }), isFirst || words === "" ? "push" : "replace");
    },

    toggle: (field, choice) => change((q) => questions.withToggled(q, field, choice)),
    clearFilters: () => change((question) => ({ ...question, choices: {} })),
    toggleExample: (kind, sku) => change((q) => questions.withExample(q, kind, sku)),
    removeExample: (sku) => change((question) => questions.withoutExample(question, sku)),
    nextWeight: (sku) => change((question) => questions.withNextWeight(question, sku), "replace"),

    /** Look at a product; `from` names the answer that showed it, and its rank there. */
    open(sku, from) {
      openedFrom.set(sku, from);
      place.go({ product: sku });
    },
    /** A product is there to be looked at. */
    shown: (product) => met("view", product),
    toShop: (product) => met("click", product),

    again() {
      if (trouble.get()) loadCollection();
      else search.again();
    },
    dismiss: () => trouble.set(null),
  };
}

/** Results of another photo are read from their beginning. */
function beginAtTheTop() {
  window.scrollTo(0, 0);
  requestAnimationFrame(() => {
    // What was pressed may be gone, and the focus with it.
    if (document.activeElement === document.body)
      document.getElementById("results")?.focus({ preventScroll: true });
  });
}
