import { html, useEffect, useRef, useState } from "../../vendor/htm/preact-standalone.js";
import { asksByLooks } from "../question.js";
import { text } from "../strings.js";
import { Icon } from "./icon.js";

/** Results follow typing once it pauses. */
const PAUSE_MS = 350;

export function WordsBox({ page, question }) {
  const [typed, setTyped] = useState(question.words);
  const timer = useRef(0);
  const input = useRef(null);
  useEffect(() => {
    // A step through the history brings other words; trailing spaces are still being typed.
    if (typed.trim() !== question.words.trim()) setTyped(question.words);
    return () => clearTimeout(timer.current);
  }, [question.words]);

  const send = (words) => {
    clearTimeout(timer.current);
    if (words.trim() !== question.words.trim()) page.type(words.trim());
  };
  const onInput = (event) => {
    const words = event.target.value;
    setTyped(words);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => send(words), PAUSE_MS);
  };
  const onSubmit = (event) => {
    event.preventDefault();
    send(typed);
  };
  const clear = () => {
    setTyped("");
    send("");
    input.current.focus();
  };
  return html`<form class="words" onSubmit=${onSubmit}>
    <${Icon} name="search" />
    <input
      ref=${input}
      type="text"
      name="words"
      inputmode="search"
      enterkeyhint="search"
      autocomplete="off"
      maxlength="500"
      aria-label=${text.wordsLabel}
      placeholder=${asksByLooks(question) ? text.wordsBesidePhoto : text.wordsPlaceholder}
      value=${typed}
      onInput=${onInput}
    />
    ${
      typed &&
      html`<button type="button" class="words-clear" aria-label=${text.clearWords} onClick=${clear}>
        <${Icon} name="x" />
      </button>`
    }
  </form>`;
}
