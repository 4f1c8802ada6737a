// A question as a page's address, and back. A photo of one's own can't be part of it.

import { NOTHING } from "./question.js";

const CHOSEN = "in.";
const BETWEEN_LABEL_AND_WHERE = "~";
const BETWEEN_WEIGHT_AND_SKU = "*";

/**
 * The query string for a question and the product that is looked at.
 *
 * @param {import("./question.js").Question} question
 * @param {string} product a SKU, or nothing
 */
export function toAddress(question, product = "") {
  const parts = new URLSearchParams();
  if (question.hash) parts.set("picture", question.hash);
  else if (question.photo || question.lostPhoto) parts.set("photo", "own");
  if (question.sku) parts.set("sku", question.sku);
  if (question.box) parts.set("box", question.box.map((share) => share.toFixed(3)).join(","));
  if (question.words.trim()) parts.set("words", question.words.trim());
  for (const [field, choices] of Object.entries(question.choices)) {
    for (const { label, where } of choices) {
      const plain = label.replaceAll(BETWEEN_LABEL_AND_WHERE, "-");
      parts.append(CHOSEN + field, plain + BETWEEN_LABEL_AND_WHERE + where);
    }
  }
  for (const kind of ["like", "unlike"]) {
    for (const { sku, weight } of question[kind]) {
      parts.append(kind, weight + BETWEEN_WEIGHT_AND_SKU + sku);
    }
  }
  if (product) parts.set("product", product);
  const text = parts.toString();
  return text ? `?${text}` : "";
}

/**
 * What an address asks; whatever can't be understood in it is left out.
 *
 * @param {string} search as in `location.search`
 * @returns {{question: import("./question.js").Question, product: string}}
 */
export function fromAddress(search) {
  const parts = new URLSearchParams(search);
  const hash = parts.get("picture") ?? "";
  const question = {
    ...NOTHING,
    hash: /^[0-9a-f]{64}$/.test(hash) ? hash : "",
    lostPhoto: parts.get("photo") === "own",
    sku: parts.get("sku") ?? "",
    box: boxOf(parts.get("box")),
    words: parts.get("words") ?? "",
    choices: choicesOf(parts),
    like: examplesOf(parts.getAll("like")),
    unlike: examplesOf(parts.getAll("unlike")),
  };
  return { question, product: parts.get("product") ?? "" };
}

/** @returns {import("./question.js").Box | null} */
function boxOf(text) {
  const box = (text ?? "").split(",").map(Number);
  const [left, top, width, height] = box;
  const isInside = left >= 0 && top >= 0 && width > 0 && height > 0;
  // Three digits of each were kept.
  const fits = left + width <= 1.002 && top + height <= 1.002;
  if (box.length !== 4 || !isInside || !fits) return null;
  return [left, top, Math.min(width, 1 - left), Math.min(height, 1 - top)];
}

function choicesOf(parts) {
  const choices = {};
  for (const [name, value] of parts) {
    const cut = value.indexOf(BETWEEN_LABEL_AND_WHERE);
    if (!name.startsWith(CHOSEN) || cut < 1 || cut === value.length - 1) continue;
    const field = name.slice(CHOSEN.length);
    choices[field] ??= [];
    choices[field].push({ label: value.slice(0, cut), where: value.slice(cut + 1) });
  }
  return choices;
}

function examplesOf(values) {
  return values
    .map((value) => {
      const cut = value.indexOf(BETWEEN_WEIGHT_AND_SKU);
      return { weight: Number(value.slice(0, cut)), sku: value.slice(cut + 1) };
    })
    .filter(({ sku, weight }) => sku && weight > 0 && Number.isFinite(weight));
}
