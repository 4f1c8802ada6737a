// The caller's API key: for as long as the tab is open, and for this tab only.

import { createStore } from "./store.js";

const PLACE = "vsearch.key";

export const apiKey = createStore(read());

/** Take a key from now on; an empty one forgets it. */
export function takeKey(key) {
  try {
    sessionStorage.setItem(PLACE, key);
  } catch {
    // Without storage it holds until the page is loaded again.
  }
  apiKey.set(key);
}

function read() {
  try {
    return sessionStorage.getItem(PLACE) ?? "";
  } catch {
    return "";
  }
}
