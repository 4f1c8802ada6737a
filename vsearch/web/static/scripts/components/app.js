import { html, useEffect, useState } from "../../vendor/htm/preact-standalone.js";
import { Kind } from "../problem.js";
import { isAsking } from "../question.js";
import { useStore } from "../store.js";
import { text } from "../strings.js";
import { Asked } from "./asked.js";
import { Facets } from "./facets.js";
import { FilterSheet } from "./filter-sheet.js";
import { KeyDialog } from "./key-dialog.js";
import { Notice } from "./notice.js";
import { usePhotoDrop } from "./photo-inputs.js";
import { ProductView } from "./product-view.js";
import { Results } from "./results.js";
import { Strip } from "./strip.js";
import { TopBar } from "./top-bar.js";
import { Welcome } from "./welcome.js";

/** The whole page. */
export function App({ page }) {
  const { question, product } = useStore(page.place);
  const trouble = useStore(page.trouble);
  const isPreparing = useStore(page.isPreparing);
  const isOver = usePhotoDrop(page);
  useEffect(() => {
    document.title = text.pageTitle(question.words);
  }, [question.words]);
  const isSearch = isAsking(question) || question.hash !== "";
  const shown = { page, question, isPreparing };
  return html`<a class="skip" href="#results">${text.skip}</a>
    <${TopBar} ...${shown} />
    ${
      trouble &&
      html`<div class="page-notice">
        <${Notice} page=${page} problem=${trouble} onDismiss=${page.dismiss} />
      </div>`
    }
    ${isSearch ? html`<${Search} ...${shown} />` : html`<${Welcome} ...${shown} />`}
    ${product && html`<${ProductView} page=${page} sku=${product} question=${question} />`}
    <${KeyAsking} page=${page} trouble=${trouble} />
    ${isOver && html`<div class="drop-veil" aria-hidden="true"><span>${text.dropHere}</span></div>`}`;
}

/** What is asked on one side, what was found on the other. */
function Search({ page, question, isPreparing }) {
  const found = useStore(page.search);
  const [hasSheet, setSheet] = useState(false);
  const currencies = new Set(found.hits.map((hit) => hit.currency).filter(Boolean));
  // Ranges of prices have the one that all prices have, or none.
  const currency = currencies.size === 1 ? [...currencies][0] : null;
  const shown = { page, question, found, currency };
  return html`<div class="search">
    <aside class="side" id="asked" aria-label=${text.askedAndFilters}>
      <${Asked} page=${page} question=${question} isPreparing=${isPreparing} />
      <div class="side-facets"><${Facets} ...${shown} facets=${found.facets} /></div>
    </aside>
    <${Strip} question=${question} found=${found} onFilters=${() => setSheet(true)} />
    <${Results} ...${shown} />
    ${hasSheet && html`<${FilterSheet} ...${shown} onClose=${() => setSheet(false)} />`}
  </div>`;
}

/** Asks for a key when the service wants one; who closes that can ask for it again by trying. */
function KeyAsking({ page, trouble }) {
  const found = useStore(page.search);
  const problem = [trouble, found.problem].find((one) => one?.kind === Kind.KEY) ?? null;
  const [refused, setRefused] = useState(null);
  useEffect(() => {
    if (!problem) setRefused(null);
  }, [problem]);
  if (!problem || refused === problem) return null;
  return html`<${KeyDialog} onClose=${() => setRefused(problem)} />`;
}
