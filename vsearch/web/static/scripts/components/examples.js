// The products that hits are to be like, or unlike: each with its weight, and a way to forget it.

import { html } from "../../vendor/htm/preact-standalone.js";
import { text } from "../strings.js";
import { Icon } from "./icon.js";
import { Picture } from "./picture.js";
import { useProduct } from "./use-product.js";

const KINDS = { like: [text.likeThis, "thumbs-up"], unlike: [text.unlikeThis, "thumbs-down"] };

export function Examples({ page, question }) {
  return Object.entries(KINDS).map(
    ([kind, [heading, icon]]) =>
      question[kind].length > 0 &&
      html`<section class="example-list" data-kind=${kind}>
        <h2><${Icon} name=${icon} />${heading}</h2>
        <ul>
          ${question[kind].map(
            (example) =>
              html`<${ExampleChip} key=${example.sku} page=${page} example=${example} />`,
          )}
        </ul>
      </section>`,
  );
}

function ExampleChip({ page, example: { sku, weight } }) {
  const product = useProduct(sku);
  const title = product?.title || sku;
  const counts = text.weight[weight] ?? `× ${weight}`;
  return html`<li class="example-chip">
    <span class="tile"><${Picture} src=${product?.images[0]?.thumbnail} alt="" isEager /></span>
    <span class="example-text">
      <span class="example-title">${title}</span>
      <button
        type="button"
        class="example-weight"
        aria-label=${text.weightOf(title, counts)}
        onClick=${() => page.nextWeight(sku)}
      >
        ${counts}
      </button>
    </span>
    <button
      type="button"
      class="icon-button"
      aria-label=${text.removeExample(title)}
      onClick=${() => page.removeExample(sku)}
    >
      <${Icon} name="x" />
    </button>
  </li>`;
}
