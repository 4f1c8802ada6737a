// Where the reader is: a question, and perhaps a product that is looked at. Back and forward work.

import { fromAddress, toAddress } from "./address.js";
import { createStore } from "./store.js";

/**
 * @typedef {object} Place
 * @property {import("./question.js").Question} question
 * @property {string} product SKU of the product that is looked at; empty for none
 */

export function createHistory() {
  // An address can't carry a photo; as long as the page is open it is remembered here.
  const photos = new Map();
  const store = createStore(read());

  function read() {
    const place = fromAddress(location.search);
    const photo = photos.get(history.state?.photo);
    if (!photo) return place;
    return { ...place, question: { ...place.question, photo, lostPhoto: false } };
  }

  /**
   * Go to a place.
   *
   * @param {Partial<Place>} next what changes
   * @param {"push" | "replace" | "pass"} how as a step of its own; in place of the last one; or
   *   in passing, without a trace, as while something is dragged
   */
  function go(next, how = "push") {
    const before = store.get();
    const place = { ...before, ...next };
    store.set(place);
    if (how === "pass") return;
    const { photo } = place.question;
    if (photo) photos.set(photo.id, photo);
    const opened = depthAfter(before, place, how);
    const address = location.pathname + toAddress(place.question, place.product);
    const state = { photo: photo?.id ?? "", opened };
    // A step to where one is already would make the way back longer for nothing.
    const isHere = address === location.pathname + location.search && isPhoto(state.photo);
    if (how === "push" && !isHere) history.pushState(state, "", address);
    else history.replaceState(state, "", address);
  }

  function isPhoto(id) {
    return id === (history.state?.photo ?? "");
  }

  /** How many products were opened one from the other, since the results were left. */
  function depthAfter(before, place, how) {
    if (!place.product) return 0;
    const depth = history.state?.opened ?? 0;
    if (how === "replace") return depth;
    // From an address that opened with a product there is no way back to the results.
    return before.product && depth === 0 ? 0 : depth + 1;
  }

  /** Leave the product, as if its steps had not been. */
  function closeProduct() {
    const depth = history.state?.opened ?? 0;
    if (depth) history.go(-depth);
    else go({ product: "" }, "replace");
  }

  window.addEventListener("popstate", () => store.set(read()));

  return { ...store, go, closeProduct };
}
