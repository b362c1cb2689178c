//! The card of a beat: its name, where it is, who speaks, what is wrong, and a row for each way on.

use super::text::{fit, fit_code, wrap};
use crate::graph::data::{Beat, Graph, MarkKind, Way, WayKind};
use crate::markup::escape;

/// Width of a card.
pub const WIDTH: f32 = 248.0;

/// How far below its top arrows enter a card.
pub const ENTRY: f32 = 19.0;

const PAD: f32 = 14.0;

/// A card that has been measured.
pub struct Card {
    /// Height.
    pub height: f32,
    parts: Vec<(f32, Part)>,
    exits: Vec<(usize, f32)>,
}

/// What stands on a card; the number beside it is its place from the top.
enum Part {
    Title(String),
    Setting(String),
    Speakers(String),
    Mark(MarkKind),
    Rule,
    Row { way: usize, label: String, when: String },
}

impl Card {
    /// Measures the card of a beat.
    pub fn new(graph: &Graph, index: usize) -> Self {
        let beat = &graph.beats[index];
        let inside = WIDTH - 2.0 * PAD;
        let badges = badges(beat).len() as f32 * 18.0;
        let mut parts = vec![(24.0, Part::Title(fit(&beat.id, 13.5, inside - badges)))];
        let mut y = 34.0;
        for row in wrap(&beat.setting, 11.0, inside, 2) {
            y += 8.0;
            parts.push((y, Part::Setting(row)));
            y += 6.0;
        }
        let speakers = speakers(graph, beat);
        if !speakers.is_empty() {
            y += 10.0;
            parts.push((y, Part::Speakers(fit(&speakers, 11.0, inside))));
            y += 6.0;
        }
        let mut marked: Vec<MarkKind> = beat.marks.iter().map(|mark| mark.kind).collect();
        marked.dedup();
        for mark in marked {
            y += 6.0;
            parts.push((y, Part::Mark(mark)));
            y += 18.0;
        }
        let mut exits = Vec::new();
        for (at, (way, data)) in graph.ways_from(index).enumerate() {
            if at == 0 {
                y += 4.0;
                parts.push((y, Part::Rule));
                y += 3.0;
            }
            let label = fit(&label(graph, data), 11.5, inside - 22.0);
            let when = if data.when.is_empty() { String::new() } else { format!("if {}", data.when) };
            let height = if when.is_empty() { 22.0 } else { 34.0 };
            parts.push((y, Part::Row { way, label, when: fit_code(&when, 10.5, inside - 6.0) }));
            exits.push((way, y + 11.0));
            y += height;
        }
        Self { height: y + 9.0, parts, exits }
    }

    /// How far below the top of the card the arrow of a way leaves it.
    pub fn exit(&self, way: usize) -> f32 {
        self.exits.iter().find(|(at, _)| *at == way).map_or(self.height / 2.0, |(_, y)| *y)
    }

    /// The card as SVG, at a place.
    pub fn draw(&self, graph: &Graph, index: usize, x: f32, y: f32) -> String {
        let beat = &graph.beats[index];
        let mut out = format!(
            "<g class=\"{}\" data-beat=\"{index}\" data-id=\"{}\" transform=\"translate({x:.1} {y:.1})\">\n",
            class(beat),
            escape(&beat.id)
        );
        out.push_str(&format!("<title>{}</title>", escape(&told(beat))));
        out.push_str(&format!("<rect class=\"card\" width=\"{WIDTH}\" height=\"{:.1}\" rx=\"10\"/>", self.height));
        out.push_str(&format!(
            "<path class=\"edge\" d=\"M0 10a10 10 0 0 1 10 -10v{:.1}a10 10 0 0 1 -10 -10z\"/>\n",
            self.height
        ));
        for (at, badge) in badges(beat).into_iter().enumerate() {
            let left = WIDTH - PAD - 14.0 - 18.0 * at as f32;
            out.push_str(&format!(
                "<g class=\"badge {badge}\" transform=\"translate({left:.0} 12)\">{}</g>",
                icon(badge)
            ));
        }
        for (top, part) in &self.parts {
            out.push_str(&draw(graph, *top, part));
        }
        out.push_str("</g>\n");
        out
    }
}

fn draw(graph: &Graph, y: f32, part: &Part) -> String {
    let text = |class: &str, x: f32, y: f32, text: &str| {
        format!("<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>\n", escape(text))
    };
    match part {
        Part::Title(title) => text("title", PAD, y, title),
        Part::Setting(row) => text("setting", PAD, y + 2.0, row),
        Part::Speakers(row) => text("speakers", PAD, y + 2.0, row),
        Part::Rule => format!("<path class=\"rule\" d=\"M{PAD} {y:.1}H{:.1}\"/>\n", WIDTH - PAD),
        Part::Mark(mark) => {
            let name = mark.name();
            let width = super::text::width(name) * 10.5 + 24.0;
            format!(
                "<g class=\"mark {}\"><rect x=\"{PAD}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"17\" rx=\"8.5\"/>\
                 <circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\"/>{}</g>\n",
                kebab(*mark),
                PAD + 9.0,
                y + 8.5,
                text("name", PAD + 17.0, y + 12.2, name)
            )
        }
        Part::Row { way, label, when } => {
            let data = &graph.ways[*way];
            let class = format!("row {}{}", data.kind.name(), if data.dead { " dead" } else { "" });
            let mut out = format!("<g class=\"{class}\" data-way=\"{way}\">");
            out.push_str(&text("label", PAD, y + 15.0, label));
            if !when.is_empty() {
                out.push_str(&text("when", PAD, y + 28.0, when));
            }
            match data.kind {
                WayKind::Detour => out.push_str(&text("loop", WIDTH - PAD - 12.0, y + 15.5, "↺")),
                _ => out.push_str(&format!("<circle class=\"port\" cx=\"{WIDTH}\" cy=\"{:.1}\" r=\"3.5\"/>", y + 11.0)),
            }
            out.push_str("</g>\n");
            out
        }
    }
}

/// The class of a mark, as its serialised form.
pub fn kebab(mark: MarkKind) -> &'static str {
    match mark {
        MarkKind::Missing => "missing",
        MarkKind::SoftLock => "soft-lock",
        MarkKind::NoEnding => "no-ending",
        MarkKind::DeadEnd => "dead-end",
        MarkKind::Unreachable => "unreachable",
        MarkKind::Circle => "circle",
    }
}

fn class(beat: &Beat) -> String {
    let mut class = String::from("beat");
    for (name, is) in [("start", beat.start), ("ending", beat.end), ("checkpoint", beat.checkpoint)] {
        if is {
            class.push_str(&format!(" {name}"));
        }
    }
    for mark in &beat.marks {
        if !class.split(' ').any(|known| known == kebab(mark.kind)) {
            class.push_str(&format!(" {}", kebab(mark.kind)));
        }
    }
    class
}

/// What a pointer that rests on the card is told.
fn told(beat: &Beat) -> String {
    let mut rows = vec![beat.id.clone()];
    rows.extend((!beat.setting.is_empty()).then(|| beat.setting.clone()));
    rows.extend(beat.marks.iter().map(|mark| mark.text.clone()));
    rows.join("\n")
}

fn speakers(graph: &Graph, beat: &Beat) -> String {
    let names: Vec<&str> = beat.speakers.iter().map(|who| graph.name_of(who)).collect();
    let lines = match beat.lines.len() {
        0 => return String::new(),
        1 => "1 line".to_owned(),
        count => format!("{count} lines"),
    };
    let generated = match beat.generated() {
        0 => String::new(),
        count => format!(", {count} generated"),
    };
    format!("{lines}{generated} · {}", names.join(", "))
}

fn label(graph: &Graph, way: &Way) -> String {
    match way.kind {
        WayKind::Next => format!("then {}", graph.beats[way.to].id),
        WayKind::Otherwise => format!("otherwise: {}", way.say),
        WayKind::Detour => format!("detour: {}", way.say),
        WayKind::Choice | WayKind::Outcome if way.say.is_empty() => way.id.clone(),
        WayKind::Choice | WayKind::Outcome => way.say.clone(),
    }
}

fn badges(beat: &Beat) -> Vec<&'static str> {
    let mut badges = Vec::new();
    badges.extend(beat.start.then_some("start"));
    badges.extend(beat.end.then_some("ending"));
    badges.extend(beat.checkpoint.then_some("checkpoint"));
    badges.extend((beat.generated() > 0).then_some("generated"));
    badges
}

/// An icon of 14 by 14.
pub fn icon(badge: &str) -> &'static str {
    match badge {
        "start" => "<path d=\"M3 1.5v11l9 -5.5z\"/>",
        "ending" => "<rect x=\"2\" y=\"2\" width=\"10\" height=\"10\" rx=\"2\"/>",
        "checkpoint" => "<path d=\"M3 1v12.5h1.6v-5h7.4l-2 -3 2 -3h-7.4v-1.5z\"/>",
        _ => "<path d=\"M7 0.5l1.5 5 5 1.5 -5 1.5 -1.5 5 -1.5 -5 -5 -1.5 5 -1.5z\"/>",
    }
}
