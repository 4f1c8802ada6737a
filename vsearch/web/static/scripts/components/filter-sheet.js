import { html } from "../../vendor/htm/preact-standalone.js";
import { text } from "../strings.js";
import { Dialog } from "./dialog.js";
import { Facets } from "./facets.js";

/** The facets on a phone: a sheet from below. */
export function FilterSheet({ page, question, found, currency, onClose }) {
  return html`<${Dialog}
    kind="sheet"
    label=${text.filters}
    onClose=${onClose}
    start=${html`<h2>${text.filters}</h2>`}
  >
    <${Facets} page=${page} question=${question} facets=${found.facets} currency=${currency} />
    <div class="sheet-end">
      ${
        Object.keys(question.choices).length > 0 &&
        html`<button type="button" class="button" onClick=${page.clearFilters}>
          ${text.clearAll}
        </button>`
      }
      <button type="button" class="button is-primary" onClick=${onClose}>
        ${text.filtersClose}
      </button>
    </div>
  <//>`;
}
