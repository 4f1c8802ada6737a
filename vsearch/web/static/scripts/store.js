// A value that can be watched.

import { useEffect, useState } from "../vendor/htm/preact-standalone.js";

/**
 * @template T
 * @typedef {{get: () => T, set: (next: T) => void, subscribe: (told: (now: T) => void) => () => void}} Store
 */

/**
 * @template T
 * @param {T} initial
 * @returns {Store<T>}
 */
export function createStore(initial) {
  let value = initial;
  const watchers = new Set();
  return {
    get: () => value,
    set(next) {
      if (next === value) return;
      value = next;
      for (const told of [...watchers]) told(value);
    },
    subscribe(told) {
      watchers.add(told);
      return () => watchers.delete(told);
    },
  };
}

/**
 * What a store holds; the component is drawn again when that changes.
 *
 * @template T
 * @param {Store<T>} store
 * @returns {T}
 */
export function useStore(store) {
  const [value, setValue] = useState(store.get);
  useEffect(() => {
    // It may have changed between the drawing and this.
    setValue(() => store.get());
    return store.subscribe((now) => setValue(() => now));
  }, [store]);
  return value;
}
