// One state, kept in the address: what is searched, who is followed, which beat is open.
const lists = { beats: listBeats, findings: listFindings, storylets: listStorylets, numbers: listNumbers };

function paint() {
  const words = terms(view.q);
  const narrowed = words.length > 0 || view.who !== "";
  story.beats.forEach((beat, index) => {
    cards[index].classList.toggle("faded", narrowed && !fits(beat, words));
    cards[index].classList.toggle("found", narrowed && fits(beat, words));
    cards[index].classList.toggle("chosen", view.beat === index);
  });
  for (const arrow of arrows) {
    const way = story.ways[arrow.dataset.way];
    const lit = view.beat !== null && (way.from === view.beat || way.to === view.beat);
    arrow.classList.toggle("lit", lit);
    arrow.classList.toggle("faded", !lit && narrowed && !(fits(story.beats[way.from], words) && fits(story.beats[way.to], words)));
    if (lit) arrow.parentNode.append(arrow);
  }
  for (const tab of document.querySelectorAll(".tabs [role=tab]")) {
    const open = tab.dataset.tab === view.tab;
    tab.setAttribute("aria-selected", String(open));
    tab.tabIndex = open ? 0 : -1;
  }
  list.setAttribute("aria-labelledby", `tab-${view.tab}`);
  list.replaceChildren(...[lists[view.tab](words)].flat(4).filter(Boolean));
  if (byId("search").value !== view.q) byId("search").value = view.q;
  byId("who").value = view.who;
  showBeat();
}

function update(change) {
  Object.assign(view, change);
  if (!lists[view.tab]) view.tab = "beats";
  paint();
  const parts = new URLSearchParams();
  if (view.q) parts.set("q", view.q);
  if (view.who) parts.set("who", view.who);
  if (view.beat !== null) parts.set("beat", story.beats[view.beat].id);
  if (view.tab !== "beats") parts.set("tab", view.tab);
  const hash = `#${parts}`;
  if (location.hash !== hash && (location.hash || hash !== "#")) history.replaceState(null, "", hash);
}

function choose(index, move) {
  update({ beat: index });
  if (move) reveal(index);
  const entry = list.querySelector(".entry.chosen");
  if (entry) entry.scrollIntoView({ block: "nearest" });
}

function fromAddress() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const beat = story.beats.findIndex((beat) => beat.id === parts.get("beat"));
  const who = parts.get("who") || "";
  if (parts.get("theme")) document.documentElement.dataset.theme = parts.get("theme") === "dark" ? "dark" : "light";
  update({ q: parts.get("q") || "", who: story.cast.some((speaker) => speaker.id === who) ? who : "", beat: beat < 0 ? null : beat, tab: parts.get("tab") || "beats" });
  if (beat >= 0) reveal(beat);
}

// Names and numbers of the frame.
const spoken = story.cast.filter((speaker) => speaker.lines + speaker.storylets > 0);
byId("who").append(el("option", { value: "" }, "All characters"), ...spoken.map((speaker) => el("option", { value: speaker.id }, `${speaker.name} (${speaker.lines})`)));
byId("summary").textContent = [
  count(story.beats.filter((beat) => !beat.missing).length, "beat"), count(story.beats.reduce((sum, beat) => sum + beat.lines.length, 0), "line"),
  count(story.beats.filter((beat) => beat.end).length, "ending"), story.states ? `${story.states} states${story.exact ? "" : "+"}` : "",
].filter(Boolean).join(" · ");
const bad = story.findings.filter((finding) => finding.severity === "error").length + story.beats.flatMap((beat) => beat.marks).length;
const poor = story.findings.filter((finding) => finding.severity === "warning").length;
if (bad + poor) byId("tab-findings").append(el("b", { class: bad ? "bad" : "warn" }, String(bad + poor)));
if (!story.storylets.length) byId("tab-storylets").hidden = true;

cards.forEach((card, index) => {
  card.setAttribute("tabindex", "0");
  card.setAttribute("role", "button");
  const beat = story.beats[index];
  card.setAttribute("aria-label", [beat.id, ...beat.marks.map((mark) => mark.kind)].join(", "));
  card.addEventListener("click", (event) => {
    if (moved > 4) return;
    // A click on a way with the control key follows it.
    const row = event.target.closest(".row");
    if (row && (event.ctrlKey || event.metaKey || event.detail === 2)) choose(story.ways[row.dataset.way].to, true);
    else choose(index, false);
  });
  card.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      choose(index, true);
    } else if (event.key.startsWith("Arrow")) {
      event.preventDefault();
      const next = beside(index, event.key);
      if (next !== null) {
        cards[next].focus({ preventScroll: true });
        if (view.beat !== null) choose(next, true);
        else reveal(next);
      }
    }
  });
});
picture.addEventListener("click", (event) => { if (event.target === picture && moved <= 4) update({ beat: null }); });
byId("search").addEventListener("input", (event) => update({ q: event.target.value, tab: view.tab === "numbers" ? "beats" : view.tab }));
byId("search").addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  const first = story.beats.find((beat) => fits(beat, terms(view.q)));
  if (first) choose(first.index, true);
});
byId("who").addEventListener("change", (event) => update({ who: event.target.value }));
const tabs = [...document.querySelectorAll(".tabs [role=tab]")];
tabs.forEach((tab, index) => {
  tab.addEventListener("click", () => update({ tab: tab.dataset.tab }));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const shown = tabs.filter((other) => !other.hidden);
    const next = shown[(shown.indexOf(tab) + step + shown.length) % shown.length];
    next.focus();
    update({ tab: next.dataset.tab });
  });
});
byId("zoom-in").addEventListener("click", () => zoomMiddle(1.3));
byId("zoom-out").addEventListener("click", () => zoomMiddle(1 / 1.3));
byId("zoom-fit").addEventListener("click", fit);
const dark = () => (document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
const turn = () => { document.documentElement.dataset.theme = dark() ? "light" : "dark"; };
byId("theme").addEventListener("click", turn);
window.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    if (document.activeElement === byId("search") && view.q) update({ q: "" });
    else update({ beat: null });
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) return;
  const keys = { "/": () => byId("search").focus(), "+": () => zoomMiddle(1.3), "=": () => zoomMiddle(1.3), "-": () => zoomMiddle(1 / 1.3), 0: fit, t: turn };
  if (keys[event.key]) {
    event.preventDefault();
    keys[event.key]();
  } else if (event.key.startsWith("Arrow") && document.activeElement === document.body && cards.length) {
    event.preventDefault();
    const at = view.beat === null ? Math.max(story.beats.findIndex((beat) => beat.start), 0) : view.beat;
    cards[at].focus({ preventScroll: true });
    reveal(at);
  }
});
window.addEventListener("hashchange", fromAddress);
open();
fromAddress();
document.documentElement.dataset.ready = "yes";
