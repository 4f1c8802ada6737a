import { html } from "../../vendor/htm/preact-standalone.js";
import * as service from "../service.js";
import { text } from "../strings.js";
import { Rail, useAnswerBeside } from "./rail.js";

const SHOWN = 12;

/** What goes with a product, and what that rests on: baskets, or looks alone. */
export function GoesWithItems({ page, sku, question }) {
  const answer = useAnswerBeside(
    (signal) => service.goesWith(sku, SHOWN, signal).then(forThis),
    [sku],
  );
  const bases = new Set((answer?.hits ?? []).map((hit) => hit.basis));
  const isOne = bases.size === 1;
  return html`<${Rail}
    page=${page}
    question=${question}
    answer=${answer}
    name="goes-with"
    title=${text.goesWith}
    level="h3"
    note=${isOne ? text.goesWithAll[[...bases][0]] : ""}
    captionOf=${isOne ? null : (hit) => text.goesWithBasis[hit.basis]}
  />`;
}

/** Those that something speaks for: what is popular or new doesn't go with this in particular. */
function forThis(found) {
  return { ...found, hits: found.hits.filter((hit) => hit.basis in text.goesWithBasis) };
}
