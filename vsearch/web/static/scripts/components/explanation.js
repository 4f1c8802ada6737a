import { html, useEffect, useState } from "../../vendor/htm/preact-standalone.js";
import * as service from "../service.js";
import { text } from "../strings.js";
import { Dialog } from "./dialog.js";
import { Notice } from "./notice.js";

/** Why a hit matched: the two pictures side by side, their matching parts glowing. */
export function Explanation({ question, hit, onClose }) {
  const [drawn, setDrawn] = useState("");
  const [problem, setProblem] = useState(null);
  const title = hit.title || hit.sku;
  useEffect(() => {
    const stop = new AbortController();
    let url = "";
    service
      .explain(question, hit.sku, stop.signal)
      .then((blob) => {
        url = URL.createObjectURL(blob);
        setDrawn(url);
      })
      .catch((found) => stop.signal.aborted || setProblem(found));
    return () => {
      stop.abort();
      URL.revokeObjectURL(url);
    };
  }, []);
  return html`<${Dialog}
    kind="explanation"
    label=${text.explainTitle}
    onClose=${onClose}
    start=${html`<h2>${text.explainTitle}</h2>`}
  >
    ${problem && html`<${Notice} problem=${problem} />`}
    ${
      !problem &&
      html`<div class=${drawn ? "explained" : "explained is-waiting"} aria-busy=${!drawn}>
        ${
          drawn
            ? html`<img src=${drawn} alt=${text.explainAlt(title)} width="688" height="394" />`
            : html`<p role="status">${text.explaining}</p>`
        }
      </div>`
    }
    <p class="explained-title">${title}</p>
    <p class="explained-hint">${text.explainHint}</p>
  <//>`;
}
