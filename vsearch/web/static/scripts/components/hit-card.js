import { html } from "../../vendor/htm/preact-standalone.js";
import { toAddress } from "../address.js";
import { money } from "../money.js";
import { asksByLooks, isOnePicture } from "../question.js";
import { text } from "../strings.js";
import { Confidence } from "./confidence.js";
import { Icon } from "./icon.js";
import { Picture } from "./picture.js";

/** Cards further down load their pictures when they come near. */
const FIRST_ROWS = 8;

/** One product among the results. */
export function HitCard({ page, hit, question, isFaint, onExplain }) {
  const from = { queryId: hit.queryId, position: hit.rank };
  const title = hit.title || hit.sku;
  const open = (event) => {
    // A new tab or window is the browser's business.
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    page.open(hit.sku, from);
  };
  return html`<article class=${isFaint ? "hit is-faint" : "hit"} data-sku=${hit.sku}>
    <div class="tile">
      <${Picture} src=${hit.image?.thumbnail} alt="" isEager=${hit.rank <= FIRST_ROWS} />
      <${SoldOut} availability=${hit.availability} />
    </div>
    <div class="hit-text">
      <h2>
        <a href=${toAddress(question, hit.sku) || "?"} data-rank=${hit.rank} onClick=${open}
          >${title}</a
        >
      </h2>
      <p class="hit-brand">${hit.brand || hit.category.at(-1)}</p>
      <p class="hit-price">${money(hit.price, hit.currency)}</p>
      ${!isFaint && html`<${Confidence} probability=${hit.confidence} isOfProduct=${!question.photo} />`}
      ${hit.also.length > 0 && html`<p class="hit-also">${text.alsoAs(hit.also.length)}</p>`}
    </div>
    ${
      asksByLooks(question) &&
      html`<${HitTools}
        page=${page}
        hit=${hit}
        title=${title}
        question=${question}
        onExplain=${onExplain}
      />`
    }
  </article>`;
}

function HitTools({ page, hit, title, question, onExplain }) {
  const tools = [
    { icon: "thumbs-up", label: text.more(title), tip: text.moreLikeThis, kind: "like" },
    { icon: "thumbs-down", label: text.less(title), tip: text.lessLikeThis, kind: "unlike" },
  ];
  return html`<div class="hit-tools">
    ${tools.map(
      ({ icon, label, tip, kind }) =>
        html`<button
          key=${kind}
          type="button"
          class="icon-button"
          data-kind=${kind}
          aria-label=${label}
          title=${tip}
          aria-pressed=${question[kind].some((one) => one.sku === hit.sku)}
          onClick=${() => page.toggleExample(kind, hit.sku)}
        >
          <${Icon} name=${icon} />
        </button>`,
    )}
    ${
      isOnePicture(question) &&
      hit.image &&
      html`<button
        type="button"
        class="icon-button"
        data-kind="why"
        aria-label=${text.why(title)}
        title=${text.explainThis}
        onClick=${() => onExplain(hit)}
      >
        <${Icon} name="scan-eye" />
      </button>`
    }
  </div>`;
}

function SoldOut({ availability }) {
  if (!availability || availability === "in_stock") return null;
  return html`<span class="hit-stock">${text.availability[availability]}</span>`;
}

/** The place of a card whose product is on its way. */
export function WaitingCard() {
  return html`<div class="hit is-waiting" aria-hidden="true">
    <div class="tile"></div>
    <div class="hit-text"><i></i><i></i><i></i></div>
  </div>`;
}
