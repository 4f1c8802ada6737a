import { html } from "../../vendor/htm/preact-standalone.js";

// Beside this file, wherever the page's files are served.
const ICONS = new URL("../../vendor/lucide-static/icons.svg", import.meta.url).href;

/** An icon that stands beside, or for, words that say the same: readers' software skips it. */
export function Icon({ name }) {
  return html`<svg class="icon" aria-hidden="true"><use href="${ICONS}#${name}"></use></svg>`;
}
