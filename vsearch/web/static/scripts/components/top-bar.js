import { html } from "../../vendor/htm/preact-standalone.js";
import { scheme, toggleScheme } from "../scheme.js";
import { useStore } from "../store.js";
import { text } from "../strings.js";
import { Icon } from "./icon.js";
import { hasCamera, PhotoButton } from "./photo-inputs.js";
import { WordsBox } from "./words-box.js";

export function TopBar({ page, question }) {
  const drawn = useStore(scheme);
  const goHome = (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    page.startAgain();
  };
  return html`<header class="top-bar">
    <a class="mark" href="/" aria-label=${text.home} onClick=${goHome}>
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <path
          d="M8 12V9.5A1.5 1.5 0 0 1 9.5 8H12M20 8h2.5A1.5 1.5 0 0 1 24 9.5V12M24 20v2.5a1.5 1.5 0 0 1-1.5 1.5H20M12 24H9.5A1.5 1.5 0 0 1 8 22.5V20"
        />
        <circle cx="16" cy="16" r="3" />
      </svg>
      <span>${text.name}</span>
    </a>
    <div class="top-asking" role="search">
      <${WordsBox} page=${page} question=${question} />
      <${PhotoButton}
        page=${page}
        label=${hasCamera ? text.takePhoto : text.choosePhoto}
        icon=${hasCamera ? "camera" : "image-up"}
        kind="icon-button top-photo"
        fromCamera=${hasCamera}
        isShort
      />
    </div>
    <button
      type="button"
      class="icon-button"
      aria-label=${drawn === "dark" ? text.toLight : text.toDark}
      title=${drawn === "dark" ? text.toLight : text.toDark}
      onClick=${toggleScheme}
    >
      <${Icon} name=${drawn === "dark" ? "sun" : "moon"} />
    </button>
  </header>`;
}
