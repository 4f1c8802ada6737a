// What the results can be narrowed by. Within a field any chosen value will do.

import { html, useState } from "../../vendor/htm/preact-standalone.js";
import { depthOf, fieldLabel, valueLabel } from "../labels.js";
import { text } from "../strings.js";
import { Icon } from "./icon.js";

const FIRST = 6;

/** Facets that begin opened; the others wait folded. */
const OPENED = 4;

export function Facets({ page, question, facets, currency }) {
  const fields = Object.keys(facets).filter(
    (field) => facets[field].length > 1 || question.choices[field],
  );
  return html`<div class="facets">
    ${fields.map(
      (field, at) =>
        html`<${Facet}
          key=${field}
          page=${page}
          field=${field}
          values=${facets[field]}
          chosen=${question.choices[field] ?? []}
          currency=${currency}
          isOpen=${at < OPENED}
        />`,
    )}
  </div>`;
}

function Facet({ page, field, values, chosen, currency, isOpen }) {
  const [showsAll, setShowsAll] = useState(false);
  const isChosen = (value) => chosen.some((one) => one.where === value.where);
  const all = inOrder(field, withGone(values, chosen));
  const top = showsAll ? all : all.filter((value, at) => at < FIRST || isChosen(value));
  return html`<details class="facet" data-field=${field} open=${isOpen || chosen.length > 0}>
    <summary>
      <span>${fieldLabel(field)}</span>
      ${chosen.length > 0 && html`<span class="facet-chosen">${chosen.length}</span>`}
      <${Icon} name="chevron-down" />
    </summary>
    <ul>
      ${top.map(
        (value) =>
          html`<li key=${value.where} data-depth=${depthOf(field, value.value)}>
            <label>
              <input
                type="checkbox"
                checked=${isChosen(value)}
                onChange=${() => page.toggle(field, { label: value.value, where: value.where })}
              />
              <span class="check" aria-hidden="true"><${Icon} name="check" /></span>
              <${Swatch} field=${field} value=${value.value} />
              <span class="facet-value"
                >${valueLabel(field, { label: value.value, where: value.where }, currency)}</span
              >
              <span class="facet-count">${value.count ?? ""}</span>
            </label>
          </li>`,
      )}
    </ul>
    ${
      all.length > FIRST &&
      html`<button
        type="button"
        class="quiet-button facet-more"
        aria-expanded=${showsAll}
        onClick=${() => setShowsAll(!showsAll)}
      >
        ${showsAll ? text.showFewerValues : text.showAllValues(all.length)}
      </button>`
    }
  </details>`;
}

/** A dot of a colour's own colour; of many colours, or an empty one, where it has none. */
function Swatch({ field, value }) {
  if (!/colou?r$/i.test(field)) return null;
  const named = value.toLowerCase().replaceAll(/[\s-]/g, "");
  const isKnown = CSS.supports("color", named);
  const kind = isKnown ? "" : /^multi/.test(named) ? "is-many" : "is-unknown";
  return html`<span
    class="swatch ${kind}"
    aria-hidden="true"
    style=${isKnown ? { backgroundColor: named } : {}}
  ></span>`;
}

/** A chosen value that no product near the question has any more can still be let go of. */
function withGone(values, chosen) {
  const gone = chosen.filter((one) => !values.some((value) => value.where === one.where));
  return [...values, ...gone.map(({ label, where }) => ({ value: label, where, count: 0 }))];
}

/** Categories as a tree, each below the one that holds it; other fields as they come. */
function inOrder(field, values) {
  if (field !== "category") return values;
  const count = new Map(values.map((value) => [value.value, value.count]));
  const rankOf = (value) => {
    const levels = value.value.split(" > ");
    return levels.map((_, at) => {
      const path = levels.slice(0, at + 1).join(" > ");
      return [-(count.get(path) ?? 0), path];
    });
  };
  return [...values].sort((a, b) => compared(rankOf(a), rankOf(b)));
}

function compared(left, right) {
  for (let at = 0; at < Math.min(left.length, right.length); at += 1) {
    const [[count1, path1], [count2, path2]] = [left[at], right[at]];
    if (path1 !== path2) return count1 - count2 || (path1 < path2 ? -1 : 1);
  }
  return left.length - right.length;
}
