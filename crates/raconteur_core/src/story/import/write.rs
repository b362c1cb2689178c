//! A draft as the text of a `*.story.ron`.

use super::draft::{Beat, Choice, Draft, Effect, Say, Script};
use super::expr::E;
use super::render::Render;
use super::vars::{Kind, Plain, Vars};
use super::{Notes, quote, slug};
use crate::story::quoted::quoted as text;

/// The text, and what stands in it.
pub struct Written {
    pub ron: String,
    pub lines: usize,
    pub choices: usize,
}

/// Writes a story.
pub fn write(draft: &Draft, script: &Script, vars: &Vars, file: &str, notes: &mut Notes) -> Written {
    let render = Render { vars, titles: &draft.titles };
    let mut writer = Writer { out: String::new(), render, draft, notes, written: (0, 0) };
    writer.story(script, vars, file);
    Written { ron: writer.out, lines: writer.written.0, choices: writer.written.1 }
}

struct Writer<'a, 'n> {
    out: String,
    render: Render<'a>,
    draft: &'a Draft,
    notes: &'n mut Notes,
    /// Lines and choices.
    written: (usize, usize),
}

impl Writer<'_, '_> {
    fn row(&mut self, depth: usize, text: &str) {
        for _ in 0..depth {
            self.out.push_str("    ");
        }
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn comment(&mut self, depth: usize, text: &str) {
        let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.row(depth, format!("// {clean}").trim_end());
    }

    fn story(&mut self, script: &Script, vars: &Vars, file: &str) {
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let id = Some(slug(stem).to_lowercase()).filter(|id| !id.is_empty()).unwrap_or_else(|| "story".to_owned());
        let title = if script.title.trim().is_empty() { stem } else { script.title.trim() };
        self.comment(0, &format!("Imported from {file}. Comments that begin with \"lost:\" say what was not taken."));
        self.row(0, "Story(");
        self.row(1, &format!("format: 1, id: {}, title: {}, locale: \"en\",", text(&id), text(title)));
        let start = &self.draft.beats[self.draft.start].id;
        let ends: Vec<String> = self.draft.beats.iter().filter(|beat| beat.end).map(|beat| text(&beat.id)).collect();
        self.row(1, &format!("start: {}, ends: [{}],", text(start), ends.join(", ")));
        self.vars(vars);
        self.row(1, "cast: {");
        for (id, name) in &self.draft.cast {
            self.row(2, &format!("{}: (name: {}),", text(id), text(name)));
        }
        self.row(1, "},");
        self.row(1, "beats: {");
        for beat in &self.draft.beats {
            self.beat(beat);
        }
        self.row(1, "},");
        self.row(0, ")");
    }

    fn vars(&mut self, vars: &Vars) {
        if vars.len() > 0 {
            self.row(1, "vars: {");
            for var in vars.iter() {
                if !var.guess.is_empty() {
                    self.comment(2, &var.guess);
                }
                let decl = match &var.kind {
                    Kind::Int { init, min, max } => format!("Int(init: {init}, min: {min}, max: {max})"),
                    Kind::Bool { init } => format!("Bool(init: {init})"),
                    Kind::Words { init, of } => format!("Enum(init: {}, of: [{}])", text(init), texts(of)),
                };
                self.row(2, &format!("{}: {decl},", text(&var.name)));
            }
            self.row(1, "},");
        }
        if !vars.hosts().is_empty() {
            let plain = |plain: &Plain| match plain {
                Plain::Int => "Int",
                Plain::Bool => "Bool",
                Plain::Text => "Text",
            };
            self.row(1, "host: {");
            for (name, host) in vars.hosts() {
                let args: Vec<&str> = host.args.iter().map(plain).collect();
                self.row(2, &format!("{}: (args: [{}], ret: {}),", text(name), args.join(", "), plain(&host.ret)));
            }
            self.row(1, "},");
        }
    }

    fn beat(&mut self, beat: &Beat) {
        for remark in &beat.remarks {
            self.comment(2, &format!("lost: {}", quote(remark)));
        }
        let from = if beat.passage.is_empty() || beat.passage == beat.id {
            String::new()
        } else {
            format!(" // {}", quote(&beat.passage))
        };
        let from: String = from.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.row(2, &format!("{}: ({from}", text(&beat.id)));
        if !beat.lines.is_empty() {
            self.row(3, "lines: [");
            for (id, who, say) in &beat.lines {
                self.line(beat, id, who, say);
            }
            self.row(3, "],");
        }
        let then = self.effects(beat, &beat.then, 3);
        if !then.is_empty() {
            self.row(3, &format!("then: [{}],", texts(&then)));
        }
        if !beat.choices.is_empty() {
            self.row(3, "choices: [");
            for choice in &beat.choices {
                let choice = self.choice(beat, choice, 4);
                self.row(4, &format!("{choice},"));
            }
            self.row(3, "],");
        }
        if let Some(choice) = &beat.otherwise {
            let choice = self.choice(beat, choice, 3);
            self.row(3, &format!("otherwise: {choice},"));
        }
        if let Some(next) = beat.next {
            self.row(3, &format!("next: {},", text(&self.draft.beats[next].id)));
        }
        if beat.end {
            self.row(3, "end: true,");
        }
        if let Some((x, y)) = beat.pos {
            self.row(3, &format!("pos: ({x:?}, {y:?}),"));
        }
        if !beat.tags.is_empty() {
            self.row(3, &format!("{},", tags(&beat.tags)));
        }
        self.row(2, "),");
    }

    fn line(&mut self, beat: &Beat, id: &str, who: &str, say: &Say) {
        self.written.0 += 1;
        let mut parts = vec![format!("id: {}, who: {}, say: {}", text(id), text(who), text(&say.text))];
        parts.extend(self.when(beat, say.line, say.when.as_ref(), "the line is always said", 4));
        parts.extend(say.once.then(|| "once: true".to_owned()));
        parts.extend((!say.tags.is_empty()).then(|| tags(&say.tags)));
        self.row(4, &format!("({}),", parts.join(", ")));
    }

    fn choice(&mut self, beat: &Beat, choice: &Choice, depth: usize) -> String {
        self.written.1 += 1;
        let to = &self.draft.beats[choice.to].id;
        let mut parts = vec![format!("id: {}, say: {}, to: {}", text(&choice.id), text(&choice.say), text(to))];
        parts.extend(self.when(beat, choice.line, choice.when.as_ref(), "the choice is always open", depth));
        parts.extend(choice.once.then(|| "once: true".to_owned()));
        let then = self.effects(beat, &choice.then, depth);
        parts.extend((!then.is_empty()).then(|| format!("then: [{}]", texts(&then))));
        parts.extend((!choice.tags.is_empty()).then(|| tags(&choice.tags)));
        format!("({})", parts.join(", "))
    }

    fn when(&mut self, beat: &Beat, line: usize, when: Option<&E>, else_: &str, depth: usize) -> Option<String> {
        match self.render.condition(when?) {
            Ok(when) => when.map(|when| format!("when: {}", text(&when))),
            Err(reason) => {
                self.comment(depth, &format!("lost: a condition: {}", quote(&reason)));
                self.notes.lost(line, &beat.passage, format!("a condition, so {else_}: {reason}"));
                None
            }
        }
    }

    fn effects(&mut self, beat: &Beat, effects: &[Effect], depth: usize) -> Vec<String> {
        let mut taken = Vec::new();
        for effect in effects {
            match self.render.effect(effect) {
                Ok(effect) => taken.push(effect),
                Err(reason) => {
                    self.comment(depth, &format!("lost: a change of {}: {}", effect.var, quote(&reason)));
                    self.notes.lost(effect.line, &beat.passage, format!("a change of ${}: {reason}", effect.var));
                }
            }
        }
        taken
    }
}

fn tags(tags: &[String]) -> String {
    format!("meta: {{\"tags\": [{}]}}", texts(tags))
}

fn texts(list: &[String]) -> String {
    list.iter().map(|item| text(item)).collect::<Vec<_>>().join(", ")
}
