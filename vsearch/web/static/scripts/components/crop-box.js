// The part of the photo to search with: dragged by its corners or as a whole, or by the keyboard.

import { html, useEffect, useRef, useState } from "../../vendor/htm/preact-standalone.js";
import { WHOLE, between, isWhole, moved, resized, settled } from "../crop-geometry.js";
import { text } from "../strings.js";

const CORNERS = ["nw", "ne", "sw", "se"];

/** How far an arrow key goes, as a share of the picture. */
const STEP = 0.02;

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** After the last key of a series the crop counts as one step of the history. */
const KEYS_PAUSE_MS = 500;

/** A press that travels less, in pixels, is a click and draws no box. */
const CLICK_PX = 6;

/**
 * @param {object} props
 * @param {string} props.src the photo's address
 * @param {string} props.alt
 * @param {any} [props.children] what else lies on the photo
 * @param {import("../question.js").Box | null} props.box null for the whole picture
 * @param {(box: import("../question.js").Box | null, isDragging: boolean) => void} props.onCrop
 */
export function CropBox({ src, alt, box, onCrop, children }) {
  const stage = useRef(null);
  const drag = useRef(null);
  const keys = useRef(0);
  const [isDragging, setDragging] = useState(false);
  const shown = box ?? WHOLE;
  useEffect(() => () => clearTimeout(keys.current), []);

  const pointOf = (event) => {
    const { left, top, width, height } = stage.current.getBoundingClientRect();
    return [(event.clientX - left) / width, (event.clientY - top) / height];
  };
  const begin = (event) => {
    if (event.button !== 0 || event.target.closest("button")) return;
    const { corner } = event.target.dataset;
    const part = corner ?? (event.target.closest(".crop-box") && !isWhole(shown) ? "move" : "draw");
    // A finger on the picture scrolls the page; it has the corners to crop with.
    if (part === "draw" && event.pointerType === "touch") return;
    event.preventDefault();
    stage.current.setPointerCapture(event.pointerId);
    drag.current = { part, from: pointOf(event), box: shown, at: [event.clientX, event.clientY] };
  };
  const go = (event) => {
    const { current } = drag;
    if (!current) return;
    const [x, y] = pointOf(event);
    const [dx, dy] = [x - current.from[0], y - current.from[1]];
    const travelled = Math.hypot(event.clientX - current.at[0], event.clientY - current.at[1]);
    if (!isDragging && travelled < CLICK_PX) return;
    setDragging(true);
    if (current.part === "draw") current.now = between(current.from, [x, y]);
    else if (current.part === "move") current.now = moved(current.box, dx, dy);
    else current.now = resized(current.box, current.part, dx, dy);
    onCrop(settled(current.now), true);
  };
  const end = () => {
    const { current } = drag;
    drag.current = null;
    setDragging(false);
    if (current?.now) onCrop(settled(current.now), false);
  };
  const press = (event) => {
    const arrow = ARROWS[event.key];
    let next;
    if (event.key === "Escape" && box) next = WHOLE;
    else if (arrow) {
      const [dx, dy] = arrow.map((way) => way * STEP);
      next = event.shiftKey ? resized(shown, "se", dx, dy) : moved(shown, dx, dy);
    } else return;
    event.preventDefault();
    event.stopPropagation();
    const found = settled(next);
    onCrop(found, true);
    clearTimeout(keys.current);
    keys.current = setTimeout(() => onCrop(found, false), KEYS_PAUSE_MS);
  };

  const [left, top, width, height] = shown.map((share) => `${share * 100}%`);
  const told = box ? text.cropAt(box) : text.cropWhole;
  return html`<div
    ref=${stage}
    class=${`crop${isDragging ? " is-dragging" : ""}${box ? " is-part" : ""}`}
    onPointerDown=${begin}
    onPointerMove=${go}
    onPointerUp=${end}
    onPointerCancel=${end}
  >
    <img src=${src} alt=${alt} draggable=${false} />
    ${box && html`<div class="crop-dim"><div style=${{ left, top, width, height }}></div></div>`}
    <div
      class="crop-box"
      role="application"
      tabindex="0"
      aria-roledescription=${text.cropRole}
      aria-label="${text.cropLabel}: ${told}. ${text.cropHelp}"
      style=${{ left, top, width, height }}
      onKeyDown=${press}
    >
      ${CORNERS.map((corner) => html`<span class="crop-corner" data-corner=${corner}></span>`)}
    </div>
    ${children}
  </div>`;
}
