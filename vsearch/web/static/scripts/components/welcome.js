import { html, useEffect, useState } from "../../vendor/htm/preact-standalone.js";
import * as service from "../service.js";
import { useStore } from "../store.js";
import { text } from "../strings.js";
import { BecauseViewed } from "./because-viewed.js";
import { hasCamera, PhotoButton } from "./photo-inputs.js";
import { Picture } from "./picture.js";

const EXAMPLES = 12;

/** So many are looked at, so that the examples can be of different kinds. */
const LOOKED_AT = 96;

/** The first screen: a large place to drop a photo, and some to try. */
export function Welcome({ page, question, isPreparing }) {
  const collection = useStore(page.collection);
  return html`<main class="welcome" id="results" tabindex="-1">
    <section class="drop-zone">
      <span class="corner corner-1"></span><span class="corner corner-2"></span>
      <span class="corner corner-3"></span><span class="corner corner-4"></span>
      <h1>${question.lostPhoto ? text.lostPhotoTitle : text.welcomeTitle}</h1>
      <p class="welcome-lead">
        ${question.lostPhoto ? text.lostPhotoHint : text.welcomeLead(collection?.products, hasCamera)}
      </p>
      <div class="welcome-ways">
        <${PhotoButton}
          page=${page}
          label=${text.choosePhoto}
          icon="image-up"
          kind="button is-primary"
        />
        <${PhotoButton}
          page=${page}
          label=${text.takePhoto}
          icon="camera"
          kind="button welcome-camera"
          fromCamera
        />
      </div>
      <p class="welcome-hint" aria-live="polite">
        ${isPreparing ? text.preparing : text.welcomeHint}
      </p>
    </section>
    ${
      collection &&
      html`<${BecauseViewed} page=${page} question=${question} level="h2" />
        <${Examples} page=${page} />`
    }
  </main>`;
}

function Examples({ page }) {
  const [products, setProducts] = useState(null);
  useEffect(() => {
    const stop = new AbortController();
    service
      .someProducts(Math.min(LOOKED_AT, page.collection.get().limits.max_k), stop.signal)
      .then((some) => setProducts(ofManyKinds(some.products)))
      // An example less: the way in is the photo anyway.
      .catch(() => setProducts([]));
    return () => stop.abort();
  }, []);
  if (products && !products.length) return null;
  return html`<section class="examples" aria-labelledby="examples-title">
    <h2 id="examples-title">${text.welcomeExamples}</h2>
    <ul>
      ${(products ?? Array.from({ length: EXAMPLES })).map((product) =>
        product
          ? html`<li key=${product.sku}>
              <button
                type="button"
                class="tile"
                onClick=${() => page.usePicture(product.images[0].content_hash)}
              >
                <${Picture} src=${product.images[0].thumbnail} alt=${product.title} isEager />
              </button>
            </li>`
          : html`<li><span class="tile is-waiting"></span></li>`,
      )}
    </ul>
  </section>`;
}

/** Products with a picture: of every category one before a second of any. */
function ofManyKinds(products) {
  const seen = new Map();
  const rounds = products
    .filter((product) => product.images.length)
    .map((product) => {
      const kind = product.category.join(" > ");
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
      return { product, round: seen.get(kind) };
    });
  rounds.sort((a, b) => a.round - b.round);
  return rounds.slice(0, EXAMPLES).map(({ product }) => product);
}
