//! Scenes in the layout of prompts: where somebody has to say something, and the whole as one text.

use super::{Body, Said, Script, YOU};
use crate::persona::Persona;
use crate::template::{Scene, Slot, Templates};

/// A place in a scene where a text is due.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Name of the template that renders what stands before it.
    pub template: &'static str,
    /// What fills the template.
    pub scene: Scene,
    /// Who says it; empty for a narrator.
    pub who: String,
    /// What was written there.
    pub text: String,
}

/// Why a scene cannot be rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// The model brings no layout for this kind of scene.
    #[error("there is no prompt template '{0}', which scenes of this kind need; add it to the model's prompts.ron")]
    NoTemplate(&'static str),
}

impl Script {
    /// The places where a text is due, in order: every turn of somebody but the player (of a debate and a rumor every one),
    /// every other wording, every option, the narration, every chapter. Slots should be filled before; see
    /// [`with`](Self::with).
    #[must_use]
    pub fn targets(&self) -> Vec<Target> {
        match &self.body {
            Body::Talk { turns } | Body::Answer { turns, .. } | Body::Debate { turns, .. } => {
                (0..turns.len()).filter(|&at| turns[at].0 != YOU).map(|at| self.turn(turns, at)).collect()
            }
            Body::Rumor { tellings } => (0..tellings.len()).map(|at| self.turn(tellings, at)).collect(),
            Body::Vary { line, ways } => ways.iter().map(|way| self.way(line, way)).collect(),
            Body::Choices { turns, options } => {
                let scene = || Scene { history: turns.clone(), ..self.head() };
                let target = |(action, then): &Said| Target {
                    template: "label",
                    scene: scene(),
                    who: YOU.to_owned(),
                    text: format!("{action} > {then}"),
                };
                options.iter().map(target).collect()
            }
            Body::Prose { goal, text } => {
                let scene = Scene { goal: goal.clone(), ..self.head() };
                vec![Target { template: "prose", scene, who: String::new(), text: text.clone() }]
            }
            Body::Serial { premise, chapters } => {
                (0..chapters.len()).map(|at| self.chapter(premise, chapters, at)).collect()
            }
        }
    }

    /// The whole scene as one text, without an end mark: the prompt of its last target with every turn and fact, and what
    /// was written there. Slots should be filled before; see [`with`](Self::with).
    ///
    /// # Errors
    /// [`LayoutError::NoTemplate`] when `templates` have none for it.
    pub fn render(&self, templates: &Templates) -> Result<String, LayoutError> {
        match &self.body {
            // All ways and options follow on one prompt.
            Body::Vary { line, ways } => {
                let who = self.first();
                Ok(format!("{} {}", render(&self.way(line, ""), templates)?, ways.join(&format!("\n{who}, again: "))))
            }
            Body::Choices { .. } => {
                let options = self.targets();
                let Some(first) = options.first() else { return Ok(String::new()) };
                let texts: Vec<&str> = options.iter().map(|option| option.text.as_str()).collect();
                Ok(format!("{} {}", render(first, templates)?, texts.join("\n- ")))
            }
            Body::Prose { .. } | Body::Serial { .. } => {
                let Some(last) = self.targets().pop() else { return Ok(String::new()) };
                Ok(format!("{}{}", render(&last, templates)?, last.text))
            }
            _ => {
                let turns = self.body.turns();
                let last = self.turn(turns, turns.len().saturating_sub(1));
                Ok(format!("{} {}", render(&last, templates)?, last.text))
            }
        }
    }

    /// Setting, facts and people.
    fn head(&self) -> Scene {
        let persona = |(name, voice): (&str, &String)| {
            let mood = self.mood.get(name).cloned();
            Persona { mood, ..Persona::new(name, voice) }
        };
        Scene {
            setting: self.setting.clone(),
            // The most relevant fact stands first in a scene and last in its prompt.
            lore: self.facts.iter().rev().cloned().collect(),
            personas: self.speakers.iter().filter(|(name, _)| *name != YOU).map(persona).collect(),
            ..Scene::default()
        }
    }

    /// The first who is not the player.
    fn first(&self) -> &str {
        self.speakers.ids().find(|who| *who != YOU).unwrap_or_default()
    }

    fn turn(&self, turns: &[Said], at: usize) -> Target {
        let mut scene = self.head();
        let (who, text) = turns.get(at).cloned().unwrap_or_default();
        let before = &turns[..at.min(turns.len())];
        scene.speaker.clone_from(&who);
        let template = match &self.body {
            Body::Rumor { .. } => "rumor",
            Body::Debate { topic, stances, .. } => {
                let sides: Vec<String> = stances.iter().map(|(who, side)| format!("{who} is {side}.")).collect();
                scene.more = vec![(Slot::Topic, topic.clone()), (Slot::Stances, sides.join(" "))];
                "debate"
            }
            _ if at == 0 => "say",
            _ => "reply",
        };
        match before.split_last() {
            Some(((listener, heard), earlier)) if template == "reply" => {
                scene.history = earlier.to_vec();
                scene.listener.clone_from(listener);
                scene.heard.clone_from(heard);
            }
            _ => scene.history = before.to_vec(),
        }
        Target { template, scene, who, text }
    }

    fn way(&self, line: &str, way: &str) -> Target {
        let who = self.first().to_owned();
        let scene = Scene { speaker: who.clone(), say: line.to_owned(), ..self.head() };
        Target { template: "vary", scene, who, text: way.to_owned() }
    }

    fn chapter(&self, premise: &str, chapters: &[Said], at: usize) -> Target {
        let so_far = chapters.iter().take(at).enumerate();
        let recap: String =
            so_far.map(|(at, (goal, text))| format!("Chapter {}. Goal: {goal}\n{text}\n\n", at + 1)).collect();
        let (goal, text) = chapters.get(at).cloned().unwrap_or_default();
        let more = vec![(Slot::Premise, premise.to_owned()), (Slot::Recap, recap), (Slot::N, (at + 1).to_string())];
        let scene = Scene { goal, more, ..self.head() };
        Target { template: "serial", scene, who: String::new(), text }
    }
}

/// What stands before a target, with every turn and every fact.
fn render(target: &Target, templates: &Templates) -> Result<String, LayoutError> {
    let template = templates.get(target.template).ok_or(LayoutError::NoTemplate(target.template))?;
    Ok(template.unlimited().render(&target.scene, false).full())
}
