// A product that only its SKU is known of. What was read once is kept while the page is open.

import { useEffect, useState } from "../../vendor/htm/preact-standalone.js";
import { apiKey } from "../api-key.js";
import * as service from "../service.js";
import { useStore } from "../store.js";

const known = new Map();

/** The product, or undefined while it is read and where it can't be. */
export function useProduct(sku) {
  const key = useStore(apiKey);
  const [product, setProduct] = useState(known.get(sku));
  useEffect(() => {
    setProduct(known.get(sku));
    if (known.has(sku)) return undefined;
    const stop = new AbortController();
    service
      .product(sku, stop.signal)
      .then((found) => {
        known.set(sku, found);
        setProduct(found);
      })
      .catch(() => {});
    return () => stop.abort();
  }, [sku, key]);
  return product;
}
