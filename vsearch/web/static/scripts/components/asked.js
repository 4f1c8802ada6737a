// What is asked, as far as it is a picture: the photo with its crop box, and the examples.

import { html } from "../../vendor/htm/preact-standalone.js";
import { text } from "../strings.js";
import { CropBox } from "./crop-box.js";
import { Examples } from "./examples.js";
import { Icon } from "./icon.js";
import { PhotoButton } from "./photo-inputs.js";
import { Picture } from "./picture.js";
import { FindThings, Things, useThings } from "./things.js";
import { useProduct } from "./use-product.js";

export function Asked({ page, question, isPreparing }) {
  const hasPicture = question.photo || question.sku;
  return html`<section class="asked" aria-label=${text.yourPhoto}>
    ${question.photo && html`<${AskedPhoto} page=${page} question=${question} />`}
    ${question.sku && html`<${AskedProduct} page=${page} sku=${question.sku} />`}
    ${!hasPicture && html`<${NoPhoto} page=${page} question=${question} isPreparing=${isPreparing} />`}
    <${Examples} page=${page} question=${question} />
  </section>`;
}

function AskedPhoto({ page, question }) {
  const { photo, box } = question;
  const { things, look } = useThings(question);
  return html`<div class="asked-photo">
      ${
        photo.url
          ? html`<${CropBox}
              key=${photo.id}
              src=${photo.url}
              alt=${text.yourPhoto}
              box=${box}
              onCrop=${page.crop}
            >
              <${Things} things=${things} onCrop=${page.crop} />
            <//>`
          : html`<p class="asked-unseen"><${Icon} name="image" />${text.noPreview}</p>`
      }
    </div>
    <div class="asked-tools">
      ${
        box
          ? html`<button type="button" class="quiet-button" onClick=${() => page.crop(null, false)}>
              <${Icon} name="maximize" /><span>${text.cropReset}</span>
            </button>`
          : html`<${FindThings} things=${things} look=${look} />`
      }
      <${PictureTools} page=${page} />
    </div>`;
}

function AskedProduct({ page, sku }) {
  const product = useProduct(sku);
  const [image] = product?.images ?? [];
  return html`<p class="asked-title">${text.askedProduct} <b>${product?.title || sku}</b></p>
    <div class="tile asked-product">
      <${Picture}
        src=${image?.thumbnail && `${image.thumbnail}?side=640`}
        alt=${product?.title ?? sku}
        isEager
      />
    </div>
    <div class="asked-tools">
      ${
        image
          ? html`<button
              type="button"
              class="quiet-button"
              onClick=${() => page.usePicture(image.content_hash)}
            >
              <${Icon} name="crop" /><span>${text.searchWithPart}</span>
            </button>`
          : html`<span></span>`
      }
      <${PictureTools} page=${page} />
    </div>`;
}

function PictureTools({ page }) {
  return html`<div class="asked-buttons">
    <${PhotoButton}
      page=${page}
      label=${text.otherPhoto}
      icon="image-up"
      kind="icon-button"
      isShort
    />
    <button
      type="button"
      class="icon-button"
      aria-label=${text.removePhoto}
      title=${text.removePhoto}
      onClick=${page.removePicture}
    >
      <${Icon} name="x" />
    </button>
  </div>`;
}

function NoPhoto({ page, question, isPreparing }) {
  return html`<div class="asked-none">
    ${question.lostPhoto && html`<p><b>${text.lostPhotoTitle}.</b> ${text.lostPhotoHint}</p>`}
    <${PhotoButton} page=${page} label=${text.addPhoto} icon="image-up" kind="button" />
    <span class="asked-preparing" aria-live="polite">${isPreparing ? text.preparing : ""}</span>
  </div>`;
}
