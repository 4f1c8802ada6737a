// The ways in for a photo: pick, take, drop, paste.

import { html, useEffect, useRef, useState } from "../../vendor/htm/preact-standalone.js";
import { Icon } from "./icon.js";

/** What is held in the hand has a camera, and nothing to drop; at a desk photos are files. */
export const hasCamera = matchMedia("(pointer: coarse)").matches;

/** A button that opens the files, or the camera where the device has one. */
export function PhotoButton({ page, label, icon, kind, fromCamera = false, isShort = false }) {
  const input = useRef(null);
  const picked = () => {
    const [file] = input.current.files;
    // The same file can be picked again.
    input.current.value = "";
    if (file) page.usePhoto(file);
  };
  return html`<button
      type="button"
      class=${kind}
      aria-label=${isShort ? label : undefined}
      title=${isShort ? label : undefined}
      onClick=${() => input.current.click()}
    >
      <${Icon} name=${icon} />${isShort ? null : html`<span>${label}</span>`}
    </button>
    <input
      ref=${input}
      type="file"
      accept="image/*"
      capture=${fromCamera ? "environment" : undefined}
      aria-label=${label}
      hidden
      onChange=${picked}
    />`;
}

/** Take photos that are dropped or pasted anywhere; true while a file hovers over the page. */
export function usePhotoDrop(page) {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    let depth = 0;
    const over = (event) => {
      if (!holdsFile(event.dataTransfer)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
    };
    const enter = (event) => {
      if (!holdsFile(event.dataTransfer)) return;
      depth += 1;
      setOver(true);
    };
    const leave = () => {
      depth = Math.max(0, depth - 1);
      if (!depth) setOver(false);
    };
    const drop = (event) => {
      depth = 0;
      setOver(false);
      take(page, event.dataTransfer, event);
    };
    const paste = (event) => take(page, event.clipboardData, event);
    const heard = { dragover: over, dragenter: enter, dragleave: leave, drop, paste };
    for (const [name, listener] of Object.entries(heard)) window.addEventListener(name, listener);
    return () => {
      for (const [name, listener] of Object.entries(heard)) {
        window.removeEventListener(name, listener);
      }
    };
  }, [page]);
  return isOver;
}

function holdsFile(transfer) {
  return Boolean(transfer) && [...transfer.types].includes("Files");
}

function take(page, transfer, event) {
  const files = [...(transfer?.files ?? [])];
  const file = files.find(({ type }) => type.startsWith("image/")) ?? files[0];
  // Pasted words go where the cursor is.
  if (!file) return;
  event.preventDefault();
  page.usePhoto(file);
}
