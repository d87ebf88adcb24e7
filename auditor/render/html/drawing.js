// The drawing: looked at closely, moved about, and its parts saying what they are.

const CLOSEST = 40; // times as large as the whole
const STEP = 1.3; // of a button or a key
const SHIFT = 0.15; // of what is in view, by an arrow key
const STILL = 5; // pixels a pointer may stray and yet only point
const MARGIN = 8; // pixels around a tooltip

const XLINK = "http://www.w3.org/1999/xlink";
const clamp = (value, low, high) => Math.max(low, Math.min(value, high));

/** Show a part of the drawing by its view box; what it is moved and zoomed by is in the drawing's own units. */
class Lens {
  constructor(view) {
    this.view = view;
    this.svg = view.querySelector("svg");
    const { x, y, width, height } = this.svg.viewBox.baseVal;
    this.whole = { x, y, width, height };
    this.fit();
  }

  fit() {
    this.#show(this.whole);
  }

  zoom(factor, about = this.#middle()) {
    const width = clamp(this.box.width / factor, this.whole.width / CLOSEST, this.whole.width);
    const scale = width / this.box.width;
    this.#show({
      x: about.x - (about.x - this.box.x) * scale,
      y: about.y - (about.y - this.box.y) * scale,
      width,
      height: this.box.height * scale,
    });
  }

  move(right, down) {
    this.#show({ ...this.box, x: this.box.x + right, y: this.box.y + down });
  }

  /** Where a point of the screen lies in the drawing. */
  at({ clientX, clientY }) {
    return new DOMPoint(clientX, clientY).matrixTransform(this.svg.getScreenCTM().inverse());
  }

  /** Bring a part that is out of view into its middle. */
  reveal(part) {
    const of = part.getBoundingClientRect();
    const frame = this.svg.getBoundingClientRect();
    if (of.left >= frame.left && of.right <= frame.right && of.top >= frame.top && of.bottom <= frame.bottom) return;
    const goal = this.at({ clientX: of.left + of.width / 2, clientY: of.top + of.height / 2 });
    const middle = this.#middle();
    this.move(goal.x - middle.x, goal.y - middle.y);
  }

  #middle() {
    return { x: this.box.x + this.box.width / 2, y: this.box.y + this.box.height / 2 };
  }

  #show(box) {
    const { whole } = this;
    const x = clamp(box.x, whole.x, whole.x + whole.width - box.width);
    const y = clamp(box.y, whole.y, whole.y + whole.height - box.height);
    this.box = { ...box, x, y };
    this.svg.setAttribute("viewBox", `${x} ${y} ${box.width} ${box.height}`);
    this.view.classList.toggle("close", box.width < whole.width);
  }
}

/** Buttons, keys and the wheel; the wheel scrolls the page until the drawing is clicked. */
function steer(lens, tools) {
  const acts = { in: () => lens.zoom(STEP), out: () => lens.zoom(1 / STEP), fit: () => lens.fit() };
  const shift = (right, down) => lens.move(right * SHIFT * lens.box.width, down * SHIFT * lens.box.height);
  const keys = {
    "+": acts.in,
    "=": acts.in,
    "-": acts.out,
    "−": acts.out,
    0: acts.fit,
    ArrowLeft: () => shift(-1, 0),
    ArrowRight: () => shift(1, 0),
    ArrowUp: () => shift(0, -1),
    ArrowDown: () => shift(0, 1),
  };
  for (const button of tools.querySelectorAll("button")) button.addEventListener("click", acts[button.dataset.zoom]);
  lens.view.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  });
  lens.view.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !lens.view.contains(document.activeElement)) return;
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1);
    lens.zoom(Math.exp(-pixels * (event.ctrlKey ? 0.01 : 0.002)), lens.at(event));
  });
  addEventListener("beforeprint", acts.fit);
}

/** Dragging by one pointer, pinching by two. */
function grab(lens) {
  const held = new Map();
  const { view } = lens;
  const apart = ([one, other]) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
  const between = ([one, other]) => ({
    clientX: (one.clientX + other.clientX) / 2,
    clientY: (one.clientY + other.clientY) / 2,
  });
  let start = null;

  function follow(from, to) {
    const [left, right] = [lens.at(from), lens.at(to)];
    lens.move(left.x - right.x, left.y - right.y);
  }

  view.addEventListener("pointerdown", (event) => {
    if (event.button === 0) held.set(event.pointerId, event);
    start = event;
  });
  view.addEventListener("pointermove", (event) => {
    if (!event.buttons) held.delete(event.pointerId);
    const before = held.get(event.pointerId);
    if (!before) return;
    if (held.size === 1 && !view.hasPointerCapture(event.pointerId)) {
      if (apart([start, event]) < STILL) return;
      view.setPointerCapture(event.pointerId);
    }
    const pair = [...held.values()];
    held.set(event.pointerId, event);
    if (held.size === 1) return follow(before, event);
    const now = [...held.values()];
    follow(between(pair), between(now));
    lens.zoom(apart(now) / apart(pair), lens.at(between(now)));
  });
  const release = (event) => held.delete(event.pointerId);
  view.addEventListener("pointerup", release);
  view.addEventListener("pointercancel", release);
  const keep = (event) => event.touches.length > 1 && event.preventDefault();
  view.addEventListener("touchmove", keep, { passive: false }); // else two fingers scroll the page
}

/** Tooltips in place of the browser's own: while a part is pointed at, has the focus, or is tapped. */
function explain(lens) {
  const { view, svg } = lens;
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.setAttribute("role", "tooltip");
  tip.hidden = true;
  view.after(tip);
  let shown = null;

  for (const title of svg.querySelectorAll("title")) title.remove();
  for (const part of svg.querySelectorAll("a[tabindex]")) part.removeAttributeNS(XLINK, "title");
  const partOf = (target) => (target instanceof Element ? target.closest("a[tabindex]") : null);

  function place() {
    if (!shown) return;
    const of = shown.getBoundingClientRect();
    const { clientWidth, clientHeight } = document.documentElement;
    const left = of.left + of.width / 2 - tip.offsetWidth / 2;
    const below = of.bottom + MARGIN;
    const fits = below + tip.offsetHeight <= clientHeight;
    tip.style.left = `${clamp(left, MARGIN, clientWidth - tip.offsetWidth - MARGIN)}px`;
    tip.style.top = `${fits ? below : Math.max(MARGIN, of.top - tip.offsetHeight - MARGIN)}px`;
  }

  function show(part) {
    shown = part;
    tip.hidden = !part;
    if (!part) return;
    tip.textContent = part.getAttribute("aria-label");
    place();
  }

  view.addEventListener("pointerover", (event) => event.pointerType !== "touch" && show(partOf(event.target)));
  view.addEventListener("pointerleave", (event) => event.pointerType !== "touch" && show(null));
  view.addEventListener("click", (event) => show(partOf(event.target)));
  view.addEventListener("focusin", (event) => {
    const part = partOf(event.target);
    if (part) lens.reveal(part);
    show(part);
  });
  view.addEventListener("focusout", () => show(null));
  addEventListener("pointerdown", (event) => view.contains(event.target) || show(null));
  addEventListener("keydown", (event) => event.key === "Escape" && show(null));
  addEventListener("scroll", place, { capture: true, passive: true });
  new MutationObserver(place).observe(svg, { attributeFilter: ["viewBox"] });
}

for (const figure of document.querySelectorAll("figure.drawing")) {
  const [view, tools] = [".view", ".tools"].map((part) => figure.querySelector(part));
  const lens = new Lens(view);
  steer(lens, tools);
  grab(lens);
  explain(lens);
  tools.hidden = false;
}
