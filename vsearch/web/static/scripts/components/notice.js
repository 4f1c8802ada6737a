// A problem, in words that say what to do.

import { html, useEffect, useState } from "../../vendor/htm/preact-standalone.js";
import { Kind } from "../problem.js";
import { text } from "../strings.js";
import { Icon } from "./icon.js";

const ICONS = {
  [Kind.OFFLINE]: "wifi-off",
  [Kind.TIMEOUT]: "clock",
  [Kind.BUSY]: "clock",
  [Kind.KEY]: "key-round",
  [Kind.SCOPE]: "key-round",
  [Kind.NOT_A_PICTURE]: "image-off",
};

/** Kinds that another try can't help. */
const LASTING = new Set([Kind.SCOPE, Kind.TOO_LARGE, Kind.NOT_A_PICTURE, Kind.NOT_FOUND]);

export function Notice({ page, problem, onDismiss }) {
  const kind = problem.kind in text.problem ? problem.kind : Kind.FAULT;
  const [title, hint] = text.problem[kind];
  // What the service says of a refusal is better than anything this page could.
  const detail = kind === Kind.REFUSED || kind === Kind.NOT_A_PICTURE ? problem.detail : "";
  return html`<div class="notice" role="alert" data-kind=${kind}>
    <${Icon} name=${ICONS[kind] ?? "triangle-alert"} />
    <div>
      <p class="notice-title">${title}</p>
      <p>${detail || hint}</p>
      ${page && kind === Kind.BUSY && html`<${Countdown} seconds=${problem.retryAfter} of=${problem} />`}
      ${kind === Kind.FAULT && problem.requestId && html`<p class="notice-id">${text.requestId(problem.requestId)}</p>`}
    </div>
    ${page && !LASTING.has(kind) && html`<button type="button" class="button" onClick=${page.again}>${kind === Kind.KEY ? text.enterKey : text.again}</button>`}
    ${
      onDismiss &&
      html`<button type="button" class="icon-button" aria-label=${text.close} onClick=${onDismiss}>
        <${Icon} name="x" />
      </button>`
    }
  </div>`;
}

function Countdown({ seconds, of }) {
  const [left, setLeft] = useState(seconds);
  useEffect(() => {
    setLeft(seconds);
    const timer = setInterval(() => setLeft((now) => Math.max(0, now - 1)), 1000);
    return () => clearInterval(timer);
  }, [of]);
  return html`<p>${text.retryIn(Math.ceil(left))}</p>`;
}
