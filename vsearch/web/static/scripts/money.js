// Prices as the reader writes them.

/**
 * @param {string | null} price a decimal number
 * @param {string | null} currency ISO 4217
 */
export function money(price, currency) {
  if (price === null || price === undefined) return "";
  const amount = Number(price);
  if (!currency)
    return new Intl.NumberFormat(undefined, { minimumFractionDigits: 2 }).format(amount);
  try {
    return new Intl.NumberFormat(undefined, { style: "currency", currency }).format(amount);
  } catch {
    return `${price} ${currency}`;
  }
}
