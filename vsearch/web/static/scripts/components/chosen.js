// What the results are narrowed by, above them: each can be taken away.

import { html } from "../../vendor/htm/preact-standalone.js";
import { fieldLabel, valueLabel } from "../labels.js";
import { text } from "../strings.js";
import { Icon } from "./icon.js";

export function Chosen({ page, question, currency }) {
  const chosen = Object.entries(question.choices).flatMap(([field, choices]) =>
    choices.map((choice) => ({ field, choice })),
  );
  if (!chosen.length) return null;
  return html`<ul class="chosen" aria-label=${text.filters}>
    ${chosen.map(({ field, choice }) => {
      const label = valueLabel(field, choice, currency);
      return html`<li key=${field + choice.where}>
        <button
          type="button"
          class="chip"
          aria-label=${text.removeFilter(`${fieldLabel(field)}: ${label}`)}
          onClick=${() => page.toggle(field, choice)}
        >
          <span>${label}</span><${Icon} name="x" />
        </button>
      </li>`;
    })}
    <li>
      <button type="button" class="quiet-button" onClick=${page.clearFilters}>
        ${text.clearAll}
      </button>
    </li>
  </ul>`;
}
