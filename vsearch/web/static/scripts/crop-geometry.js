// Boxes on a picture, as shares of its sides: [left, top, width, height]. No browser here.

/** @typedef {import("./question.js").Box} Box */

/** @type {Box} */
export const WHOLE = Object.freeze([0, 0, 1, 1]);

/** No side of a box is shorter: less of a picture says too little. */
const SHORTEST = 0.08;

const EDGES = 1e-6;

/**
 * Whether a box is as good as the whole picture.
 *
 * @param {Box} box
 */
export function isWhole([left, top, width, height]) {
  return left < 0.01 && top < 0.01 && left + width > 0.99 && top + height > 0.99;
}

/**
 * A box moved, and kept inside.
 *
 * @param {Box} box
 * @returns {Box}
 */
export function moved([left, top, width, height], dx, dy) {
  return [within(left + dx, 0, 1 - width), within(top + dy, 0, 1 - height), width, height];
}

/**
 * A box with one of its corners moved; the opposite corner stays.
 *
 * @param {Box} box
 * @param {string} corner of "nw", "ne", "sw", "se"
 * @param {number} dx
 * @param {number} dy
 * @returns {Box}
 */
export function resized(box, corner, dx, dy) {
  let [left, top] = box;
  let [right, bottom] = [left + box[2], top + box[3]];
  if (corner.includes("w")) left = within(left + dx, 0, right - SHORTEST);
  else right = within(right + dx, left + SHORTEST, 1);
  if (corner.startsWith("n")) top = within(top + dy, 0, bottom - SHORTEST);
  else bottom = within(bottom + dy, top + SHORTEST, 1);
  return [left, top, right - left, bottom - top];
}

/**
 * The box between two points, however they lie.
 *
 * @returns {Box}
 */
export function between([x1, y1], [x2, y2]) {
  const left = within(Math.min(x1, x2), 0, 1 - SHORTEST);
  const top = within(Math.min(y1, y2), 0, 1 - SHORTEST);
  const right = within(Math.max(x1, x2), left + SHORTEST, 1);
  const bottom = within(Math.max(y1, y2), top + SHORTEST, 1);
  return [left, top, right - left, bottom - top];
}

/**
 * The box that is sent: never a hair outside of the picture; null for all of it.
 *
 * @param {Box} box
 * @returns {Box | null}
 */
export function settled(box) {
  if (isWhole(box)) return null;
  const [left, top, width, height] = box.map((share) => Math.round(share * 1000) / 1000);
  return [left, top, Math.min(width, 1 - left - EDGES), Math.min(height, 1 - top - EDGES)];
}

function within(value, least, most) {
  return Math.min(Math.max(value, least), Math.max(least, most));
}
