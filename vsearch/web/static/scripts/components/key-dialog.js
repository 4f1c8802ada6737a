import { html, useState } from "../../vendor/htm/preact-standalone.js";
import { apiKey, takeKey } from "../api-key.js";
import { text } from "../strings.js";
import { Dialog } from "./dialog.js";

/** Asks for the API key that the service wants. */
export function KeyDialog({ onClose }) {
  const [typed, setTyped] = useState("");
  const submit = (event) => {
    event.preventDefault();
    if (typed.trim()) takeKey(typed.trim());
  };
  return html`<${Dialog}
    kind="key"
    label=${text.keyTitle}
    onClose=${onClose}
    start=${html`<h2>${text.keyTitle}</h2>`}
  >
    <p>${text.keyHint}</p>
    ${apiKey.get() && html`<p class="key-wrong" role="alert">${text.keyWrong}</p>`}
    <form class="key-form" onSubmit=${submit}>
      <label for="key">${text.keyLabel}</label>
      <input
        id="key"
        type="password"
        autocomplete="off"
        autofocus
        spellcheck=${false}
        value=${typed}
        onInput=${(event) => setTyped(event.target.value)}
      />
      <button type="submit" class="button is-primary">${text.keyUse}</button>
    </form>
  <//>`;
}
