// A product with its pictures, all that is known of it, what is similar and what goes with it.

import { html, useEffect, useState } from "../../vendor/htm/preact-standalone.js";
import { apiKey } from "../api-key.js";
import { fieldLabel } from "../labels.js";
import { money } from "../money.js";
import * as service from "../service.js";
import { useStore } from "../store.js";
import { text } from "../strings.js";
import { BecauseViewed } from "./because-viewed.js";
import { Dialog } from "./dialog.js";
import { GoesWithItems } from "./goes-with-items.js";
import { Icon } from "./icon.js";
import { Notice } from "./notice.js";
import { ProductPictures } from "./product-pictures.js";
import { SimilarItems } from "./similar-items.js";

export function ProductView({ page, sku, question }) {
  const key = useStore(apiKey);
  const [product, setProduct] = useState(null);
  const [problem, setProblem] = useState(null);
  useEffect(() => {
    const stop = new AbortController();
    setProduct(null);
    setProblem(null);
    service
      .product(sku, stop.signal)
      .then((found) => {
        setProduct(found);
        page.shown(found);
      })
      .catch((found) => stop.signal.aborted || setProblem(found));
    return () => stop.abort();
  }, [sku, key]);
  useEffect(() => {
    const before = document.title;
    document.title = text.pageTitle(product?.title || sku);
    return () => {
      document.title = before;
    };
  }, [product, sku]);
  const crumbs = html`<p class="product-crumbs">${(product?.category ?? []).join("  ›  ")}</p>`;
  return html`<${Dialog}
    kind="product"
    label=${product?.title || sku}
    onClose=${page.place.closeProduct}
    start=${crumbs}
  >
    ${problem && html`<${Notice} problem=${problem} />`}
    ${
      !problem &&
      html`<div class=${product ? "product-main" : "product-main is-waiting"} aria-busy=${!product}>
        ${product ? html`<${ProductPictures} key=${sku} product=${product} />` : html`<div class="tile"></div>`}
        ${product ? html`<${ProductText} page=${page} product=${product} />` : html`<div class="product-text"><i></i><i></i><i></i><i></i></div>`}
      </div>`
    }
    ${product && html`<${Rails} key=${sku} page=${page} sku=${sku} question=${question} />`}
  <//>`;
}

function Rails({ page, sku, question }) {
  return html`<${SimilarItems} page=${page} sku=${sku} question=${question} />
    <${GoesWithItems} page=${page} sku=${sku} question=${question} />
    <${BecauseViewed} page=${page} question=${question} besides=${sku} level="h3" alwaysSwitch />`;
}

function ProductText({ page, product }) {
  const { sku, title, brand, price, currency, availability, description, url, images } = product;
  return html`<div class="product-text">
    <p class="product-brand">${brand}</p>
    <h2>${title || sku}</h2>
    <p class="product-price">
      ${price && html`<span>${money(price, currency)}</span>`}
      ${availability && html`<span class="stock" data-stock=${availability}>${text.availability[availability]}</span>`}
    </p>
    <p class="product-description">${description}</p>
    <div class="product-ways">
      ${
        isWebAddress(url) &&
        html`<a
          class="button is-primary"
          href=${url}
          target="_blank"
          rel="noopener noreferrer"
          onClick=${() => page.toShop(product)}
        >
          <span>${text.toShop}</span><${Icon} name="arrow-up-right" />
        </a>`
      }
      ${
        images.length > 0 &&
        html`<button
          type="button"
          class="button"
          onClick=${() => page.usePicture(images[0].content_hash)}
        >
          <${Icon} name="scan-search" /><span>${text.searchWithPicture}</span>
        </button>`
      }
    </div>
    <${Details} product=${product} />
  </div>`;
}

function Details({ product: { sku, gtin, attributes } }) {
  const rows = Object.entries(attributes).map(([name, value]) => [
    fieldLabel(`attr.${name}`),
    Array.isArray(value) ? value.join(", ") : String(value),
  ]);
  rows.push([text.sku, sku]);
  if (gtin) rows.push([text.gtin, gtin]);
  return html`<h3>${text.details}</h3>
    <dl>
      ${rows.map(
        ([name, value]) =>
          html`<div key=${name}>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>`;
}

/** A feed's link may be anything; only one that leads to a web page is followed. */
function isWebAddress(url) {
  return /^https?:\/\//i.test(url);
}
