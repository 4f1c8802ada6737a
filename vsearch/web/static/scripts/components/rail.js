import { html, useEffect, useState } from "../../vendor/htm/preact-standalone.js";
import { toAddress } from "../address.js";
import { money } from "../money.js";
import { text } from "../strings.js";
import { Picture } from "./picture.js";

const WAITING = Array.from({ length: 6 });

/**
 * An answer that stands beside something else: where it can't be had, nothing stands there.
 *
 * @param {(signal: AbortSignal) => Promise<any>} ask
 * @param {any[]} asked it is asked anew when one of these changes
 * @returns {any} null while it is on its way
 */
export function useAnswerBeside(ask, asked) {
  const [answer, setAnswer] = useState(null);
  useEffect(() => {
    const stop = new AbortController();
    ask(stop.signal)
      .then(setAnswer)
      .catch(() => stop.signal.aborted || setAnswer({ hits: [] }));
    return () => stop.abort();
  }, asked);
  return answer;
}

/**
 * Products in a row to leaf through.
 *
 * @param {object} props
 * @param {string} props.name of its kind: a class, and the beginning of its id
 * @param {"h2" | "h3"} props.level of its title
 * @param {string} [props.note] what holds for all of it
 * @param {(hit: any) => string} [props.captionOf] what is said of one
 * @param {any} [props.children] beneath the title
 */
export function Rail({ page, question, answer, name, title, level, note, captionOf, children }) {
  if (answer && !answer.hits.length) return null;
  const open = (event, hit) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    page.open(hit.sku, { queryId: answer.query_id, position: hit.rank });
  };
  return html`<section class="rail ${name}" aria-labelledby="${name}-title">
    <${level} class="rail-title" id="${name}-title">${title}<//>
    ${answer && note && html`<p class="rail-note">${note}</p>`} ${children}
    <ul class="rail-products" aria-busy=${!answer}>
      ${(answer?.hits ?? WAITING).map((hit) =>
        hit
          ? html`<li key=${hit.sku}>
              <a href=${toAddress(question, hit.sku)} onClick=${(event) => open(event, hit)}>
                <span class="tile"><${Picture} src=${hit.image?.thumbnail} alt="" /></span>
                <span class="rail-product">${hit.title || hit.sku}</span>
                <span class="rail-price">${money(hit.price, hit.currency)}</span>
                ${captionOf && html`<span class="rail-caption">${captionOf(hit)}</span>`}
              </a>
            </li>`
          : html`<li class="is-waiting"><span class="tile"></span></li>`,
      )}
    </ul>
    ${!answer && html`<span class="unseen">${text.searching}</span>`}
  </section>`;
}
