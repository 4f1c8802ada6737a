// The single things in a photo: each can be searched with by one press.

import { html, useEffect, useRef, useState } from "../../vendor/htm/preact-standalone.js";
import * as service from "../service.js";
import { text } from "../strings.js";
import { Icon } from "./icon.js";

/** What covers more of the photo, as a share, is all of it. */
const ALL_OF_IT = 0.85;

/** The things of a photo, once they are asked for: null before, undefined while they come. */
export function useThings(question) {
  const { photo } = question;
  const [things, setThings] = useState(null);
  const running = useRef(null);
  useEffect(() => {
    setThings(null);
    return () => running.current?.abort();
  }, [photo]);
  const look = async () => {
    const stopping = new AbortController();
    running.current = stopping;
    setThings(undefined);
    try {
      const { regions } = await service.things(question, stopping.signal);
      setThings(regions.filter(isOneOfSeveral));
    } catch {
      // The photo as a whole has been searched with; this was an offer.
      if (!stopping.signal.aborted) setThings([]);
    }
  };
  return { things, look };
}

function isOneOfSeveral({ box: [, , width, height], nothing_alike }) {
  return !nothing_alike && width * height < ALL_OF_IT;
}

/** The way to ask for them, and what came of it. */
export function FindThings({ things, look }) {
  const told =
    things === undefined ? text.findingThings : things && text.foundThings(things.length);
  return html`<span class="asked-hint" role="status">${told}</span> ${
      things === null &&
      html`<button type="button" class="quiet-button" onClick=${look}>
        <${Icon} name="scan-search" /><span>${text.findThings}</span>
      </button>`
    }`;
}

/** A dot on each thing. */
export function Things({ things, onCrop }) {
  return (things ?? []).map(({ box, category, hits }) => {
    const [left, top, width, height] = box;
    const name = category.at(-1)?.path.at(-1) ?? hits[0]?.title ?? "";
    const place = { left: `${(left + width / 2) * 100}%`, top: `${(top + height / 2) * 100}%` };
    return html`<button
      key=${box.join()}
      type="button"
      class="thing"
      style=${place}
      aria-label=${text.searchThing(name)}
      title=${name}
      onClick=${() => onCrop(box, false)}
    ></button>`;
  });
}
