import { html, useEffect, useRef, useState } from "../../vendor/htm/preact-standalone.js";
import { whereOf } from "../question.js";
import { useStore } from "../store.js";
import { text } from "../strings.js";
import { CategoryGuess } from "./category-guess.js";
import { Chosen } from "./chosen.js";
import { Explanation } from "./explanation.js";
import { HitCard, WaitingCard } from "./hit-card.js";
import { Icon } from "./icon.js";
import { Notice } from "./notice.js";

const WAITING = Array.from({ length: 12 });

export function Results({ page, question, currency }) {
  const found = useStore(page.search);
  const trouble = useStore(page.trouble);
  const [explained, setExplained] = useState(null);
  const { state, answer, hits, problem } = found;
  const isFirst = state === "waiting" && !answer;
  return html`<main
    class="results"
    id="results"
    tabindex="-1"
    aria-busy=${state === "waiting"}
    data-state=${state}
  >
    <${Heading} found=${found} isHalted=${found.state === "failed" || Boolean(trouble)} />
    ${answer && html`<${CategoryGuess} page=${page} question=${question} answer=${answer} facets=${found.facets} />`}
    <${Chosen} page=${page} question=${question} currency=${currency} />
    ${problem && html`<${Notice} page=${page} problem=${problem} />`}
    ${isFirst && html`<div class="grid">${WAITING.map(() => html`<${WaitingCard} />`)}</div>`}
    ${answer && !(problem && !hits.length) && html`<${Hits} page=${page} found=${found} question=${question} onExplain=${setExplained} />`}
    ${
      explained &&
      html`<${Explanation}
        question=${found.question}
        hit=${explained}
        onClose=${() => setExplained(null)}
      />`
    }
  </main>`;
}

function Heading({ found: { state, answer, hits, hasMore, question }, isHalted }) {
  const byLooks = Boolean(question && (question.photo || question.sku || question.like.length));
  const isNothing = answer && state !== "failed" && (answer.nothing_alike || !hits.length);
  const count = byLooks ? text.found(hits.length, hasMore) : text.foundWords(hits.length, hasMore);
  const title = !answer
    ? text.searching
    : !isNothing
      ? count
      : hits.length
        ? text.nothingAlike
        : text.nothingFound;
  return html`<div class="results-heading">
    <h1 class=${isNothing ? "is-nothing" : ""}>
      ${isHalted && !answer ? text.resultsTitle : title}
    </h1>
    <span class="unseen" role="status"
      >${state === "ready" ? title : state === "waiting" ? text.searching : ""}</span
    >
    <span class="progress" aria-hidden="true"></span>
  </div>`;
}

function Hits({ page, found, question, onExplain }) {
  const { answer, hits, hasMore, isAdding } = found;
  const grid = useRef(null);
  const pressed = useRef(-1);
  useEffect(() => {
    const at = pressed.current;
    pressed.current = -1;
    // A card that became an example is gone, and the focus with it: the next one gets it.
    if (at < 0 || document.activeElement !== document.body) return;
    const links = grid.current?.querySelectorAll("h2 a") ?? [];
    links[Math.min(at, links.length - 1)]?.focus({ preventScroll: true });
  }, [hits]);
  const remember = ({ target, currentTarget }) => {
    if (!target.closest("[data-kind]")) return;
    pressed.current = [...currentTarget.children].findIndex((card) => card.contains(target));
  };
  const more = async () => {
    const rank = await page.search.showMore();
    // Who asks for more goes on with the first that came.
    if (rank) grid.current?.querySelector(`[data-rank="${rank}"]`)?.focus({ preventScroll: true });
  };
  if (!hits.length) {
    return html`<div class="nothing">
      <${Icon} name="scan-search" />
      <p>${text.whyNothing(answer.why_nothing)}</p>
      ${
        whereOf(question) !== "" &&
        html`<button type="button" class="button" onClick=${page.clearFilters}>
          ${text.withoutFilters}
        </button>`
      }
    </div>`;
  }
  return html`${answer.nothing_alike && html`<${NothingAlike} />`}
    <ol class="grid" ref=${grid} onClick=${remember}>
      ${hits.map(
        (hit) =>
          html`<li key=${hit.sku}>
            <${HitCard}
              page=${page}
              hit=${hit}
              question=${question}
              isFaint=${answer.nothing_alike}
              onExplain=${onExplain}
            />
          </li>`,
      )}
    </ol>
    ${
      hasMore &&
      html`<div class="more">
        <button type="button" class="button" aria-disabled=${isAdding} onClick=${more}>
          ${isAdding ? text.adding : text.showMore}
        </button>
      </div>`
    }`;
}

function NothingAlike() {
  return html`<p class="nothing-hint">${text.nothingAlikeHint}</p>
    <h2 class="nearest">${text.nearestAnyway}</h2>`;
}
