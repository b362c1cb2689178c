// The picture: moving, zooming, choosing a beat.
const picture = byId("picture");
const world = byId("world");
const canvas = byId("canvas");
const cards = [...world.querySelectorAll(".beat")];
const arrows = [...world.querySelectorAll(".way")];
const [viewX, viewY, viewWidth, viewHeight] = story.view;
const camera = { x: 0, y: 0, zoom: 1 };
const boxes = cards.map((card) => {
  const [x, y] = card.getAttribute("transform").match(/-?[\d.]+/g).map(Number);
  const rect = card.querySelector(".card");
  return { x, y, width: Number(rect.getAttribute("width")), height: Number(rect.getAttribute("height")) };
});

picture.removeAttribute("viewBox");
canvas.classList.toggle("big", story.beats.length > 120);

function show() {
  world.setAttribute("transform", `translate(${camera.x.toFixed(2)} ${camera.y.toFixed(2)}) scale(${camera.zoom.toFixed(4)})`);
  const grid = 24 * camera.zoom * (camera.zoom < 0.5 ? 4 : 1);
  canvas.style.backgroundSize = `${grid}px ${grid}px`;
  canvas.style.backgroundPosition = `${camera.x}px ${camera.y}px`;
  canvas.classList.toggle("far", camera.zoom < 0.35);
}

const room = () => ({ width: canvas.clientWidth || 1000, height: canvas.clientHeight || 700 });

function fit() {
  const { width, height } = room();
  const zoom = Math.min(width / viewWidth, height / viewHeight, 1.25);
  camera.zoom = Math.max(zoom, 0.02);
  camera.x = (width - viewWidth * camera.zoom) / 2 - viewX * camera.zoom;
  camera.y = (height - viewHeight * camera.zoom) / 2 - viewY * camera.zoom;
  show();
}

// At first all of it if that can be read, else the start of the story.
function open() {
  fit();
  const start = story.beats.findIndex((beat) => beat.start);
  if (camera.zoom < 0.45 && start >= 0) {
    const { height } = room();
    camera.zoom = 0.7;
    camera.x = 60 - boxes[start].x * camera.zoom;
    camera.y = height / 2 - (boxes[start].y + boxes[start].height / 2) * camera.zoom;
    show();
  }
}

function zoomAt(factor, x, y) {
  const zoom = Math.min(Math.max(camera.zoom * factor, 0.03), 3);
  camera.x = x - ((x - camera.x) * zoom) / camera.zoom;
  camera.y = y - ((y - camera.y) * zoom) / camera.zoom;
  camera.zoom = zoom;
  show();
}

const zoomMiddle = (factor) => zoomAt(factor, room().width / 2, room().height / 2);

function center(index) {
  const { width, height } = room();
  const box = boxes[index];
  camera.zoom = Math.max(camera.zoom, 0.75);
  camera.x = width / 2 - (box.x + box.width / 2) * camera.zoom;
  camera.y = height / 2 - (box.y + box.height / 2) * camera.zoom;
  show();
}

// Moves the picture only if the beat cannot be seen.
function reveal(index) {
  const { width, height } = room();
  const box = boxes[index];
  const left = box.x * camera.zoom + camera.x;
  const top = box.y * camera.zoom + camera.y;
  const inside = left > 10 && top > 10 && left + box.width * camera.zoom < width - 10 && top + box.height * camera.zoom < height - 10;
  if (!inside || camera.zoom < 0.4) center(index);
}

// One finger or the mouse moves, two fingers zoom; a press that hardly moves is a click.
const fingers = new Map();
let moved = 0;
picture.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  fingers.set(event.pointerId, { x: event.offsetX, y: event.offsetY, clientX: event.clientX, clientY: event.clientY });
  if (fingers.size === 1) moved = 0;
});
window.addEventListener("pointermove", (event) => {
  const finger = fingers.get(event.pointerId);
  if (!finger) return;
  const [dx, dy] = [event.clientX - finger.clientX, event.clientY - finger.clientY];
  moved += Math.abs(dx) + Math.abs(dy);
  if (fingers.size === 1) {
    camera.x += dx;
    camera.y += dy;
    show();
  } else if (fingers.size === 2) {
    const frame = canvas.getBoundingClientRect();
    const [other] = [...fingers].filter(([id]) => id !== event.pointerId).map(([, value]) => value);
    const before = Math.hypot(finger.clientX - other.clientX, finger.clientY - other.clientY);
    const after = Math.hypot(event.clientX - other.clientX, event.clientY - other.clientY);
    if (before > 0) zoomAt(after / before, (event.clientX + other.clientX) / 2 - frame.left, (event.clientY + other.clientY) / 2 - frame.top);
  }
  finger.clientX = event.clientX;
  finger.clientY = event.clientY;
  if (moved > 4) canvas.classList.add("dragging");
});
for (const end of ["pointerup", "pointercancel"]) {
  window.addEventListener(end, (event) => {
    fingers.delete(event.pointerId);
    if (!fingers.size) canvas.classList.remove("dragging");
  });
}
picture.addEventListener("wheel", (event) => {
  event.preventDefault();
  const frame = canvas.getBoundingClientRect();
  const step = event.deltaMode === 1 ? 18 : event.deltaMode === 2 ? 300 : 1;
  if (event.shiftKey) {
    camera.x -= (event.deltaX || event.deltaY) * step;
    show();
    return;
  }
  zoomAt(Math.exp(-event.deltaY * step * (event.ctrlKey ? 0.01 : 0.0016)), event.clientX - frame.left, event.clientY - frame.top);
}, { passive: false });

// The beat that stands nearest in a direction.
function beside(index, key) {
  const middle = (box) => [box.x + box.width / 2, box.y + box.height / 2];
  const [x, y] = middle(boxes[index]);
  let best = null;
  boxes.forEach((box, other) => {
    if (other === index || cards[other].classList.contains("faded")) return;
    const [ox, oy] = middle(box);
    const along = { ArrowRight: ox - x, ArrowLeft: x - ox, ArrowDown: oy - y, ArrowUp: y - oy }[key];
    const across = key === "ArrowRight" || key === "ArrowLeft" ? Math.abs(oy - y) : Math.abs(ox - x);
    if (along < 20) return;
    const far = along + 2 * across;
    if (!best || far < best.far) best = { far, other };
  });
  return best && best.other;
}
