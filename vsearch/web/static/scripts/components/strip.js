// On a phone: what is searched with, and the way to the filters, always in reach.

import { html, useEffect, useRef, useState } from "../../vendor/htm/preact-standalone.js";
import { text } from "../strings.js";
import { Cropped } from "./cropped.js";
import { Icon } from "./icon.js";

export function Strip({ question, found, onFilters }) {
  const element = useRef(null);
  const isStuck = useIsStuck(element);
  const chosen = Object.values(question.choices).flat().length;
  const { photo, box, words } = question;
  return html`<div class=${isStuck ? "strip is-stuck" : "strip"} ref=${element}>
    <a class="strip-asked" href="#asked" onClick=${toTop}>
      ${photo?.url && html`<${Cropped} src=${photo.url} box=${box} />`}
      <span class="strip-text">
        ${words ? html`<span class="strip-words">${words}</span>` : null}
        <span class="strip-count"
          >${found.answer ? text.found(found.hits.length, found.hasMore) : text.searching}</span
        >
      </span>
      <span class="unseen">. ${text.backToAsked}</span>
    </a>
    <button type="button" class="button strip-filters" onClick=${onFilters}>
      <${Icon} name="sliders-horizontal" /><span>${text.filters}</span>
      ${
        chosen > 0 &&
        html`<span class="facet-chosen">${chosen}</span><span class="unseen"> ${text.chosen}</span>`
      }
    </button>
  </div>`;
}

function toTop(event) {
  event.preventDefault();
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  window.scrollTo({ top: 0, behavior: isCalm ? "auto" : "smooth" });
}

/** Whether it has left its place and stands at the edge of the window. */
function useIsStuck(element) {
  const [isStuck, setStuck] = useState(false);
  useEffect(() => {
    const look = () =>
      setStuck(window.scrollY > 0 && element.current.getBoundingClientRect().top <= 0);
    look();
    window.addEventListener("scroll", look, { passive: true });
    return () => window.removeEventListener("scroll", look);
  }, []);
  return isStuck;
}
