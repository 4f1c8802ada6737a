// A picture of the service. With an API key it is fetched with the key, which <img> can't send.

import { html, useEffect, useState } from "../../vendor/htm/preact-standalone.js";
import { apiKey } from "../api-key.js";
import { requestFile } from "../request.js";
import { useStore } from "../store.js";
import { text } from "../strings.js";
import { Icon } from "./icon.js";

/** Thumbnails that were fetched with a key: address to the promise of an object URL. */
const fetched = new Map();

apiKey.subscribe(() => fetched.clear());

export function Picture({ src, alt, isEager = false }) {
  const source = useSource(src);
  // Which one, not whether: the next picture in the same place begins anew.
  const [loaded, setLoaded] = useState("");
  const [broken, setBroken] = useState("");
  if (!src || broken === src) {
    return html`<span class="picture-missing"><${Icon} name="image-off" />${text.noPicture}</span>`;
  }
  return html`<img
    class=${loaded === src ? "picture is-loaded" : "picture"}
    src=${source}
    alt=${alt}
    loading=${isEager ? "eager" : "lazy"}
    decoding="async"
    draggable=${false}
    onLoad=${() => setLoaded(src)}
    onError=${() => setBroken(src)}
  />`;
}

function useSource(src) {
  const key = useStore(apiKey);
  const [source, setSource] = useState(key ? undefined : src);
  useEffect(() => {
    let isCurrent = true;
    if (!key || !src) setSource(src);
    else withKey(src).then((url) => isCurrent && setSource(url));
    return () => {
      isCurrent = false;
    };
  }, [src, key]);
  return source;
}

function withKey(src) {
  if (!fetched.has(src)) {
    const url = requestFile(src)
      .then((blob) => URL.createObjectURL(blob))
      .catch(() => src);
    fetched.set(src, url);
  }
  return fetched.get(src);
}
