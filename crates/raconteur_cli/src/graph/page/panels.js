// The lists on the left and the beat on the right.
const view = { q: "", who: "", beat: null, tab: "beats" };
const list = byId("list");
const detail = byId("detail");
const worst = { error: 0, warning: 1, info: 2, note: 3 };

function chips(beat) {
  const found = [];
  if (beat.start) found.push(el("span", { class: "chip start" }, "start"));
  if (beat.end) found.push(el("span", { class: "chip ending" }, "ending"));
  if (beat.checkpoint) found.push(el("span", { class: "chip" }, "checkpoint"));
  for (const kind of new Set(beat.marks.map((mark) => mark.kind))) found.push(el("span", { class: `chip ${kind}` }, kind.replace("-", " ")));
  return found;
}

// Whether a beat has all words of the search, and the character that is chosen.
function fits(beat, words) {
  if (!words.every((word) => beat.plain.includes(word))) return false;
  return !view.who || beat.speakers.includes(view.who);
}

// The first text of a beat that holds a word of the search, cut so that the word is seen.
function excerpt(beat, words) {
  if (!words.length) return [beat.setting || count(beat.lines.length, "line")];
  const hit = beat.texts.find(([, text]) => words.every((word) => plain(text).includes(word)))
    || beat.texts.find(([, text]) => words.some((word) => plain(text).includes(word)));
  if (!hit) return [];
  const [what, text] = hit;
  const at = Math.max(plain(text).indexOf(words[0]), 0);
  const cut = at > 40 ? "…" + [...text].slice(at - 30, at + 110).join("") : [...text].slice(0, 140).join("");
  return [el("em", {}, what === "beat" ? "" : `${what}: `), ...marked(cut, words)];
}

function beatEntry(beat, words) {
  return el("button", { type: "button", class: `entry${view.beat === beat.index ? " chosen" : ""}`, data: { beat: beat.index, id: beat.id }, onclick: () => choose(beat.index, true) },
    el("span", { class: "head" }, el("span", {}, marked(beat.id, words)), chips(beat)),
    el("span", { class: "sub" }, excerpt(beat, words)));
}

function listBeats(words) {
  const found = story.beats.filter((beat) => fits(beat, words));
  const said = story.storylets.filter((storylet) => words.length && words.every((word) => storylet.plain.includes(word)));
  if (!found.length && !said.length) return [el("p", { class: "none" }, "Nothing fits. The search looks for all of its words in one beat.")];
  return [...found.map((beat) => beatEntry(beat, words)),
    said.length ? [el("h3", {}, "Storylets"), ...said.map((storylet) => el("div", { class: "pad" }, saidBlock(storylet, words)))] : null];
}

function findingAlert(finding) {
  return el("div", { class: `alert ${finding.severity}`, data: { code: finding.code } },
    el("p", {}, el("b", {}, `${finding.severity}[${finding.code}] `), finding.message),
    finding.help && el("p", { class: "more" }, finding.help),
    el("p", { class: "more code" }, finding.place));
}

function listFindings(words) {
  const found = story.findings
    .filter((finding) => words.every((word) => plain(`${finding.code} ${finding.severity} ${finding.message} ${finding.help}`).includes(word)))
    .sort((a, b) => worst[a.severity] - worst[b.severity]);
  const marks = story.beats.flatMap((beat) => beat.marks.map((mark) => ({ beat, mark })))
    .filter(({ beat, mark }) => words.every((word) => plain(`${beat.id} ${mark.kind} ${mark.text}`).includes(word)));
  if (!found.length && !marks.length) return [el("p", { class: "none" }, words.length ? "No finding fits." : "Nothing was found: the story is clean.")];
  return [
    marks.length ? el("h3", {}, "In the graph") : null,
    marks.map(({ beat, mark }) => el("button", { type: "button", class: "entry", data: { beat: beat.index }, onclick: () => choose(beat.index, true) },
      el("span", { class: "head" }, el("span", { class: `chip ${mark.kind}` }, mark.kind.replace("-", " ")), beat.id),
      el("span", { class: "sub" }, mark.text))),
    found.length ? el("h3", {}, "From the checks") : null,
    found.map((finding) => el("button", { type: "button", class: "entry", data: { code: finding.code }, onclick: () => finding.beat !== null && choose(finding.beat, true) },
      el("span", { class: "head" }, el("span", { class: `chip ${finding.severity}` }, finding.code), finding.beat !== null ? story.beats[finding.beat].id : finding.place),
      el("span", { class: "sub" }, marked(finding.message, words)))),
  ];
}

// A line with everything that is known of it.
function saidBlock(line, words) {
  const quiet = view.who && line.who !== view.who;
  return el("div", { class: `said${quiet ? " quiet" : ""}`, data: { line: line.id } },
    el("div", { class: "who" }, marked(nameOf(line.who), words), line.mode && el("span", { class: "chip model" }, line.mode), line.once && el("span", { class: "chip" }, "once"),
      line.cooldown ? el("span", { class: "chip" }, `after ${line.cooldown} others`) : null, el("code", {}, marked(line.id, words))),
    line.when && el("div", { class: "code when" }, "if ", marked(line.when, words)),
    el("p", {}, marked(line.say, words)),
    line.then.map((effect) => el("div", { class: "code effect" }, marked(effect, words))),
    line.notes.length ? el("details", { open: words.length > 0 && line.notes.some(([, text]) => words.some((word) => plain(text).includes(word))) },
      el("summary", {}, "how it is generated"),
      el("dl", {}, line.notes.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, marked(value, words))]))) : null);
}

function listStorylets(words) {
  const found = story.storylets.filter((storylet) => words.every((word) => storylet.plain.includes(word)) && (!view.who || storylet.who === view.who));
  if (!found.length) return [el("p", { class: "none" }, story.storylets.length ? "No storylet fits." : "This story has no storylets.")];
  return found.map((storylet) => el("div", { class: "pad" }, saidBlock(storylet, words)));
}

function listNumbers() {
  const lines = story.beats.reduce((sum, beat) => sum + beat.lines.length, 0);
  const generated = story.cast.reduce((sum, speaker) => sum + speaker.generated, 0);
  const words = story.cast.reduce((sum, speaker) => sum + speaker.words, 0);
  const most = Math.max(1, ...story.cast.map((speaker) => speaker.words));
  const fact = (name, value) => [el("dt", {}, name), el("dd", {}, String(value))];
  const search = (text) => el("button", { type: "button", class: "entry", onclick: () => update({ q: text.replace(/\(.*/, ""), tab: "beats" }) }, text);
  return [
    el("h3", {}, "The story"),
    el("dl", { class: "facts" },
      fact("beats", story.beats.filter((beat) => !beat.missing).length),
      fact("endings", story.beats.filter((beat) => beat.end).length),
      fact("choices", story.ways.filter((way) => way.kind === "choice" || way.kind === "outcome" || way.kind === "otherwise").length),
      fact("lines", lines), fact("generated", lines ? `${generated} (${Math.round((100 * generated) / lines)} %)` : 0),
      fact("words", words), fact("storylets", story.storylets.length),
      story.states ? fact("states", `${story.states}${story.exact ? ", all of them" : " and more; marks are by ranges"}`) : [],
      fact("language", story.locale)),
    el("h3", {}, "Characters"),
    el("table", { class: "numbers" },
      el("tr", {}, ["", "lines", "gen.", "words", ""].map((name) => el("th", { scope: "col" }, name))),
      story.cast.map((speaker) => el("tr", {}, el("td", {}, speaker.name), el("td", {}, String(speaker.lines)), el("td", {}, String(speaker.generated)),
        el("td", {}, String(speaker.words)), el("td", {}, el("meter", { min: 0, max: most, value: speaker.words, "aria-label": `share of ${speaker.name}` }))))),
    el("h3", {}, "Variables and questions"),
    story.variables.length ? story.variables.map((variable) => {
      const entry = search(variable.name);
      entry.append(el("span", { class: "sub" }, variable.kind));
      return entry;
    }) : el("p", { class: "none" }, "none"),
  ];
}

function wayStep(way, there) {
  const beat = story.beats[there];
  return el("button", { type: "button", class: `step${way.dead ? " dead" : ""}`, data: { way: way.index, to: beat.id }, onclick: () => choose(there, true) },
    way.say && el("span", { class: "say" }, marked(way.say, terms(view.q))),
    way.when && el("span", { class: "code when" }, "if ", marked(way.when, terms(view.q))),
    way.then.map((effect) => el("div", { class: "code effect" }, marked(effect, terms(view.q)))),
    el("span", { class: "to" },
      el("span", {}, el("span", { class: `chip ${way.kind}` }, way.kind), way.once && [" ", el("span", { class: "chip" }, "once")], way.dead && [" ", el("span", { class: "chip dead" }, "never open")]),
      way.kind === "detour" ? el("span", {}, "and back") : el("b", {}, there === way.to ? `${beat.id} →` : `← ${beat.id}`)));
}

function showBeat() {
  const beat = view.beat === null ? null : story.beats[view.beat];
  detail.hidden = !beat;
  if (!beat) return detail.replaceChildren();
  const words = terms(view.q);
  const section = (title, ...children) => (children.flat(3).some(Boolean) ? el("section", {}, el("h3", {}, title), ...children) : null);
  detail.replaceChildren(...[
    el("header", {}, el("button", { type: "button", class: "close", "aria-label": "Close", onclick: () => update({ beat: null }) }, "×"),
      el("h2", {}, beat.id), el("div", { class: "chips" }, chips(beat), beat.place && el("span", { class: "chip" }, beat.place))),
    section("What is wrong",
      beat.marks.map((mark) => el("div", { class: `alert ${mark.kind}`, data: { mark: mark.kind } }, el("p", {}, mark.text),
        mark.values && el("p", { class: "more code" }, "when ", mark.values), mark.path && el("p", { class: "more code" }, mark.path))),
      beat.findings.map(findingAlert)),
    beat.setting ? section("Where", el("p", { class: "place" }, marked(beat.setting, words))) : null,
    section("What is said", beat.lines.map((line) => saidBlock(line, words))),
    section("Then", beat.then.map((effect) => el("div", { class: "code effect" }, marked(effect, words)))),
    section("Ways on", beat.out.map((way) => wayStep(way, way.to))),
    section("Comes from", beat.into.map((way) => wayStep(way, way.from))),
  ].filter(Boolean));
  detail.scrollTop = 0;
}
