// A small picture of what is searched with: the photo, or the part of it in the box.

import { html, useEffect, useRef } from "../../vendor/htm/preact-standalone.js";

const SIDE_PX = 120;

export function Cropped({ src, box }) {
  const canvas = useRef(null);
  useEffect(() => {
    let isCurrent = true;
    const image = new Image();
    image.src = src;
    image
      .decode()
      .then(() => isCurrent && draw(canvas.current, image, box ?? [0, 0, 1, 1]))
      .catch(() => {});
    return () => {
      isCurrent = false;
    };
  }, [src, box]);
  return html`<canvas
    ref=${canvas}
    class="cropped"
    width=${SIDE_PX}
    height=${SIDE_PX}
    aria-hidden="true"
  ></canvas>`;
}

function draw(canvas, image, [left, top, width, height]) {
  const [w, h] = [width * image.naturalWidth, height * image.naturalHeight];
  const fit = SIDE_PX / Math.max(w, h);
  const drawing = canvas.getContext("2d");
  drawing.imageSmoothingQuality = "high";
  drawing.fillStyle = "#fff";
  drawing.fillRect(0, 0, SIDE_PX, SIDE_PX);
  drawing.drawImage(
    image,
    left * image.naturalWidth,
    top * image.naturalHeight,
    w,
    h,
    (SIDE_PX - w * fit) / 2,
    (SIDE_PX - h * fit) / 2,
    w * fit,
    h * fit,
  );
}
