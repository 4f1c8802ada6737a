import { html } from "../../vendor/htm/preact-standalone.js";
import { text } from "../strings.js";

const LEVELS = [1, 2, 3, 4];

/** How sure the service is that a hit is the very product: in words, with the figure at hand. */
export function Confidence({ probability, isOfProduct }) {
  if (probability === null || probability === undefined) return null;
  const { level, label, ofProduct } = text.confidence.find(({ from }) => probability >= from);
  const exact = text.confidenceExact(probability);
  return html`<p class="confidence" data-level=${level} title=${exact}>
    <span class="confidence-meter" aria-hidden="true">
      ${LEVELS.map((one) => html`<i class=${one <= level ? "is-on" : ""}></i>`)}
    </span>
    <span>${isOfProduct ? ofProduct : label}</span>
    <span class="unseen">. ${exact}.</span>
  </p>`;
}
