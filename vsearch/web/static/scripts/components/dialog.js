// A dialog of the browser's own: it keeps the focus in, gives it back, and closes by Escape.

import { html, useEffect, useRef } from "../../vendor/htm/preact-standalone.js";
import { text } from "../strings.js";
import { Icon } from "./icon.js";

const HELD = "has-dialog";

/**
 * @param {object} props
 * @param {string} props.kind its class
 * @param {any} [props.start] what stands in its bar
 * @param {any} [props.children]
 * @param {string} props.label its name, for readers' software
 * @param {() => void} props.onClose asked to close; the one who shows it stops doing so
 */
export function Dialog({ kind, label, onClose, start, children }) {
  const element = useRef(null);
  useEffect(() => {
    const dialog = element.current;
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    dialog.showModal();
    holdPage();
    return () => {
      dialog.close();
      if (!document.querySelector("dialog[open]")) document.documentElement.classList.remove(HELD);
      // It is taken out of the page at once, before the browser gives the focus back by itself.
      if (before?.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  const cancel = (event) => {
    event.preventDefault();
    onClose();
  };
  // A press on the backdrop counts as one on the dialog itself.
  const press = (event) => event.target === element.current && onClose();
  return html`<dialog
    ref=${element}
    class="dialog ${kind}"
    aria-label=${label}
    onCancel=${cancel}
    onPointerDown=${press}
  >
    <div class="dialog-bar">
      ${start}
      <button
        type="button"
        class="icon-button dialog-close"
        aria-label=${text.close}
        onClick=${onClose}
      >
        <${Icon} name="x" />
      </button>
    </div>
    <div class="dialog-body">${children}</div>
  </dialog>`;
}

/** Keep the page behind from scrolling, and from growing wider by its scroll bar. */
function holdPage() {
  const root = document.documentElement;
  if (root.classList.contains(HELD)) return;
  root.style.setProperty("--scroll-bar", `${window.innerWidth - root.clientWidth}px`);
  root.classList.add(HELD);
}
