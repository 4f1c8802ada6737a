// From a file to a photo that is quick to send: upright, and no larger than a search needs.

import { Kind, Problem } from "./problem.js";
import { requestFile } from "./request.js";

const LONG_SIDE = 1280;
const QUALITY = 0.9;

/** A file of at most so many bytes goes as it is, if its sides are small as well. */
const SMALL_BYTES = 1_000_000;

let made = 0;

/**
 * @param {Blob} file
 * @param {string} [hash] of the catalogue's picture that it is
 * @returns {Promise<import("./question.js").Photo>}
 * @throws {Problem} it isn't a picture
 */
export async function photoOf(file, hash = "") {
  made += 1;
  const id = `photo-${Date.now()}-${made}`;
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(
    () => null,
  );
  if (!bitmap) {
    if (!mayBePicture(file)) throw new Problem(Kind.NOT_A_PICTURE);
    // A format that the service may read though this browser doesn't, HEIC for instance.
    return { id, blob: file, url: null, hash };
  }
  const blob = await smallEnough(file, bitmap);
  bitmap.close();
  return { id, blob, url: URL.createObjectURL(blob), hash };
}

/** A picture of the catalogue as a photo. */
export async function photoFromCatalogue(hash, signal) {
  return photoOf(await requestFile(`/v1/images/${hash}`, { signal }), hash);
}

async function smallEnough(file, bitmap) {
  const long = Math.max(bitmap.width, bitmap.height);
  if (long <= LONG_SIDE && file.size <= SMALL_BYTES) return file;
  const shrink = Math.min(1, LONG_SIDE / long);
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * shrink));
  canvas.height = Math.max(1, Math.round(bitmap.height * shrink));
  const drawing = canvas.getContext("2d");
  // JPEG has no transparency; what is seen through becomes white, as the catalogue's tiles are.
  drawing.fillStyle = "#fff";
  drawing.fillRect(0, 0, canvas.width, canvas.height);
  drawing.imageSmoothingQuality = "high";
  drawing.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  return blob && blob.size < file.size ? blob : file;
}

function mayBePicture(file) {
  if (!file.size) return false;
  return file.type.startsWith("image/") || /\.(heic|heif|avif|tiff?|jxl)$/i.test(file.name ?? "");
}
