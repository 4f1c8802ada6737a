// What the thing in the photo most likely is; one press narrows the results to it.

import { html } from "../../vendor/htm/preact-standalone.js";
import { text } from "../strings.js";
import { Icon } from "./icon.js";

export function CategoryGuess({ page, question, answer, facets }) {
  const levels = answer.category ?? [];
  // What nothing in the catalogue is like belongs to none of its categories.
  if (!levels.length || answer.nothing_alike) return null;
  const chosen = question.choices.category ?? [];
  return html`<nav class="guess" aria-label=${text.looksLike}>
    <span>${text.looksLike}</span>
    <ol>
      ${levels.map(({ path }, at) => {
        const label = path.join(" > ");
        const where = facets.category?.find((one) => one.value === label)?.where ?? whereOf(path);
        const isChosen = chosen.some((one) => one.where === where);
        return html`<li key=${label}>
          ${at > 0 && html`<${Icon} name="chevron-right" />`}
          <button
            type="button"
            aria-label=${text.onlyCategory(label)}
            aria-pressed=${isChosen}
            onClick=${() => page.toggle("category", { label, where })}
          >
            ${path.at(-1)}
          </button>
        </li>`;
      })}
    </ol>
  </nav>`;
}

/** The filter of a category that isn't among those counted; docs/filters.md has the language. */
function whereOf(path) {
  const quoted = path.join(" > ").replaceAll(/[\\"*]/g, "\\$&");
  return `category:"/${quoted}"`;
}
