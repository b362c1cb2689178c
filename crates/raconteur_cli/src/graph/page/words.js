// What the page knows, and how texts become elements: always as text, never as markup.
const story = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);

// An element with properties and children; strings become text.
function el(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "data") Object.assign(node.dataset, value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  return node;
}

// Small letters without accents, so that a search for "kosk" finds "Köşk".
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const terms = (query) => plain(query).split(/\s+/).filter(Boolean);
const nameOf = (who) => (story.cast.find((speaker) => speaker.id === who) || { name: who }).name;
const count = (number, one, many) => `${number} ${number === 1 ? one : many || one + "s"}`;

// A text in which the terms are marked. Accents may change the length of a text; then the places are found by letters.
function marked(text, words) {
  if (!words.length) return [text];
  const letters = [...text];
  let flat = "";
  const at = [];
  letters.forEach((letter, index) => {
    for (const c of plain(letter)) { flat += c; for (let i = 0; i < c.length; i += 1) at.push(index); }
  });
  const hit = new Array(letters.length).fill(false);
  for (const word of words) {
    for (let from = flat.indexOf(word); from >= 0; from = flat.indexOf(word, from + word.length)) {
      for (let i = from; i < from + word.length; i += 1) hit[at[i]] = true;
    }
  }
  const out = [];
  let run = "";
  for (let i = 0; i <= letters.length; i += 1) {
    if (i === letters.length || (i > 0 && hit[i] !== hit[i - 1])) {
      if (run) out.push(hit[i - 1] ? el("mark", {}, run) : run);
      run = "";
    }
    if (i < letters.length) run += letters[i];
  }
  return out;
}

// Everything that a search may find, by beat: what it is, and the text.
story.beats.forEach((beat, index) => {
  beat.index = index;
  beat.out = [];
  beat.into = [];
  beat.findings = [];
  const texts = [["beat", beat.id], ["setting", beat.setting], ["place", beat.place]];
  for (const line of beat.lines) {
    texts.push([line.id, line.say], ["line", line.id], ["speaker", nameOf(line.who)], ["speaker", line.who], ["if", line.when]);
    for (const [name, value] of line.notes) texts.push([name, value]);
    if (line.mode) texts.push(["generated", line.mode]);
  }
  for (const effect of beat.then) texts.push(["effect", effect]);
  for (const mark of beat.marks) texts.push(["mark", mark.kind.replace("-", " ")], ["mark", mark.kind]);
  beat.texts = texts;
});
story.ways.forEach((way, index) => {
  way.index = index;
  const from = story.beats[way.from];
  from.out.push(way);
  if (way.kind !== "detour") story.beats[way.to].into.push(way);
  from.texts.push([way.kind, way.say], [way.kind, way.id], ["if", way.when]);
  for (const effect of way.then) from.texts.push(["effect", effect]);
});
for (const finding of story.findings) if (finding.beat !== null) story.beats[finding.beat].findings.push(finding);
for (const beat of story.beats) {
  beat.texts = beat.texts.filter(([, text]) => text);
  beat.plain = plain(beat.texts.map(([, text]) => text).join("\n"));
}
for (const storylet of story.storylets) {
  storylet.plain = plain([storylet.id, storylet.say, storylet.who, nameOf(storylet.who), storylet.when, ...storylet.then].join("\n"));
}
