import { html, useEffect, useState } from "../../vendor/htm/preact-standalone.js";
import { toAddress } from "../address.js";
import { money } from "../money.js";
import * as service from "../service.js";
import { text } from "../strings.js";
import { Picture } from "./picture.js";

const SHOWN = 12;

/** What looks like a product, in a row to leaf through. */
export function SimilarItems({ page, sku, question }) {
  const [answer, setAnswer] = useState(null);
  useEffect(() => {
    const stop = new AbortController();
    service
      .similar(sku, SHOWN, stop.signal)
      .then(setAnswer)
      // The product itself is there; what is like it is only more of the same.
      .catch(() => stop.signal.aborted || setAnswer({ hits: [] }));
    return () => stop.abort();
  }, []);
  if (answer && !answer.hits.length) return null;
  const open = (event, hit) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    page.open(hit.sku, { queryId: answer.query_id, position: hit.rank });
  };
  return html`<section class="similar" aria-labelledby="similar-title">
    <h3 id="similar-title">${text.similar}</h3>
    <ul>
      ${(answer?.hits ?? Array.from({ length: 6 })).map((hit) =>
        hit
          ? html`<li key=${hit.sku}>
              <a href=${toAddress(question, hit.sku)} onClick=${(event) => open(event, hit)}>
                <span class="tile"><${Picture} src=${hit.image?.thumbnail} alt="" /></span>
                <span class="similar-title">${hit.title || hit.sku}</span>
                <span class="similar-price">${money(hit.price, hit.currency)}</span>
              </a>
            </li>`
          : html`<li class="is-waiting"><span class="tile"></span></li>`,
      )}
    </ul>
  </section>`;
}
