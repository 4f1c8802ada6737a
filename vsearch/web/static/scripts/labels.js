// How fields and their values are shown.

import { money } from "./money.js";
import { text } from "./strings.js";

const ATTRIBUTE = "attr.";
const BETWEEN_LEVELS = " > ";

/** The name of a field: "attr.weight_g" is "Weight (g)". */
export function fieldLabel(field) {
  const plain = field
    .replace(ATTRIBUTE, "")
    .replaceAll('"', "")
    .replace(/_(g|kg|ml|l|mm|cm|m|in|oz|lb)$/, " ($1)")
    .replaceAll("_", " ");
  return text.facet[field] ?? plain.charAt(0).toUpperCase() + plain.slice(1);
}

/**
 * The value of a field as people say it.
 *
 * @param {string} field
 * @param {import("./question.js").Choice} choice
 * @param {string | null} currency that prices are in
 */
export function valueLabel(field, { label, where }, currency) {
  if (field === "price") return priceLabel(label, where, currency);
  if (field === "availability") return text.availability[label] ?? label;
  return field === "category" ? label.split(BETWEEN_LEVELS).at(-1) : label;
}

/** How deep a category is: 0 at the top. */
export function depthOf(field, label) {
  return field === "category" ? label.split(BETWEEN_LEVELS).length - 1 : 0;
}

/** A price range, from the filter that selects it. */
function priceLabel(label, where, currency) {
  const low = where.match(/>=\s*([\d.]+)/)?.[1];
  const high = where.match(/<\s*([\d.]+)/)?.[1];
  if (low && high) return text.priceBetween(money(low, currency), money(high, currency));
  if (low) return text.priceFrom(money(low, currency));
  if (high) return text.priceBelow(money(high, currency));
  const only = where.match(/=\s*([\d.]+)/)?.[1];
  return only ? money(only, currency) : label;
}
