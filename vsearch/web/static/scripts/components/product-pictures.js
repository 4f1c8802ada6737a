import { html, useState } from "../../vendor/htm/preact-standalone.js";
import { text } from "../strings.js";
import { Picture } from "./picture.js";

/** All pictures of a product: one large, the others to choose from. */
export function ProductPictures({ product: { images, title, sku } }) {
  const [at, setAt] = useState(0);
  const shown = images[at];
  return html`<div class="product-pictures">
    <div class="tile">
      <${Picture} src=${shown && `${shown.thumbnail}?side=640`} alt=${title || sku} isEager />
    </div>
    ${
      images.length > 1 &&
      html`<ul aria-label=${text.productPictures}>
        ${images.map(
          (image, number) =>
            html`<li key=${image.content_hash}>
              <button
                type="button"
                class="tile"
                aria-label=${text.pictureOf(number + 1, images.length)}
                aria-pressed=${number === at}
                onClick=${() => setAt(number)}
              >
                <${Picture} src=${image.thumbnail} alt="" isEager />
              </button>
            </li>`,
        )}
      </ul>`
    }
  </div>`;
}
