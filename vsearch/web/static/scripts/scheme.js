// Light or dark: the system's choice, until a reader makes one of their own.

import { createStore } from "./store.js";

const PLACE = "vsearch.scheme";
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

/** The scheme that is drawn. */
export const scheme = createStore(drawn());

systemIsDark.addEventListener("change", () => scheme.set(drawn()));

export function toggleScheme() {
  const next = scheme.get() === "dark" ? "light" : "dark";
  document.documentElement.dataset.scheme = next;
  try {
    localStorage.setItem(PLACE, next);
  } catch {
    // Without storage it holds until the page is loaded again.
  }
  scheme.set(next);
}

function drawn() {
  const chosen = document.documentElement.dataset.scheme;
  return chosen ?? (systemIsDark.matches ? "dark" : "light");
}
