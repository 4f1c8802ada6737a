import { html } from "../../vendor/htm/preact-standalone.js";
import * as service from "../service.js";
import { text } from "../strings.js";
import { Rail, useAnswerBeside } from "./rail.js";

const SHOWN = 12;

/** What looks like a product; its variants are left out. */
export function SimilarItems({ page, sku, question }) {
  const answer = useAnswerBeside((signal) => service.similar(sku, SHOWN, signal), [sku]);
  return html`<${Rail}
    page=${page}
    question=${question}
    answer=${answer}
    name="similar"
    title=${text.similar}
    level="h3"
  />`;
}
