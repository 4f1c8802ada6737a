// What a shopper may want next, by what was looked at in this tab; and the switch to forget that.

import { html, useRef } from "../../vendor/htm/preact-standalone.js";
import * as service from "../service.js";
import { useStore } from "../store.js";
import { text } from "../strings.js";
import { keepViewed, productsOf, viewed } from "../viewed.js";
import { Picture } from "./picture.js";
import { Rail, useAnswerBeside } from "./rail.js";

const SHOWN = 12;

/** Some of them are only popular, and aren't shown. */
const ASKED = 30;

/** Of those that were viewed. */
const NAMED = 5;

/**
 * @param {object} props
 * @param {string} [props.besides] SKU of the product that is looked at: it neither asks nor answers
 * @param {"h2" | "h3"} props.level of the title
 * @param {boolean} [props.alwaysSwitch] whether the switch is there before anything was viewed
 */
export function BecauseViewed({ page, question, level, besides = "", alwaysSwitch = false }) {
  const kept = useStore(viewed);
  const met = kept.met.filter((one) => one.sku !== besides);
  // Once it is there it stays: nobody loses the switch by using it.
  const hasSwitch = useRef(alwaysSwitch);
  hasSwitch.current ||= met.length > 0 || !kept.isKept;
  return html`<div class="because-viewed">
    ${met.length > 0 && html`<${Wanted} ...${{ page, question, level, besides, met }} />`}
    ${hasSwitch.current && html`<${KeepSwitch} isKept=${kept.isKept} />`}
  </div>`;
}

function Wanted({ page, question, level, besides, met }) {
  const latest = met.at(-1);
  const answer = useAnswerBeside(
    (signal) => service.recommend(met, ASKED, signal).then((found) => forThem(found, besides)),
    [latest.at, latest.sku, besides],
  );
  const products = productsOf({ met });
  const titles = new Map(products.map((one) => [one.sku, one.title]));
  const captionOf = ({ basis, because }) =>
    text.becauseOf[basis](titles.get(because[0]) ?? because[0]);
  return html`<${Rail} ...${{ page, question, answer, level, captionOf }} name="because" title=${text.becauseViewed}>
    <ul class="met" aria-label=${text.youViewed}>
      ${products.slice(0, NAMED).map(
        ({ sku, title, thumbnail }) =>
          html`<li key=${sku}>
            <button
              type="button"
              class="tile"
              aria-label=${title}
              title=${title}
              onClick=${() => page.open(sku, {})}
            >
              <${Picture} src=${thumbnail} alt="" isEager />
            </button>
          </li>`,
      )}
    </ul>
  <//>`;
}

/** Those that something viewed spoke for: what is popular anyway isn't because of that. */
function forThem(found, besides) {
  const hits = found.hits.filter(
    ({ sku, basis, because }) => because.length && basis in text.becauseOf && sku !== besides,
  );
  return { ...found, hits: hits.slice(0, SHOWN) };
}

function KeepSwitch({ isKept }) {
  return html`<label class="keep-switch">
    <input
      type="checkbox"
      role="switch"
      checked=${isKept}
      onChange=${(event) => keepViewed(event.target.checked)}
    />
    <span>${text.keepViewed}</span>
  </label>`;
}
