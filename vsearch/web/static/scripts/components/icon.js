import { html } from "../../vendor/htm/preact-standalone.js";

const ICONS = "/static/vendor/lucide-static/icons.svg";

/** An icon that stands beside, or for, words that say the same: readers' software skips it. */
export function Icon({ name }) {
  return html`<svg class="icon" aria-hidden="true"><use href="${ICONS}#${name}"></use></svg>`;
}
