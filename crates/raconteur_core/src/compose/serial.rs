//! Free passages of serials: the prompt past the window, and the limits.

use super::or_silence;
use super::policy::{self, Limits};
use super::world::World;
use crate::generate::Priority;
use crate::judge::words::is_unspaced_language;
use crate::judge::{KnownNames, MetaTalk, ModernWords, Stemmer};
use crate::persona::Persona;
use crate::prompt::{Piece, Prompt, Section};
use crate::request::LineRequest;
use crate::serial::{Opening, SO_FAR, SerialBrief, Teller};
use crate::story::format::Policy;
use crate::template::{Scene, Slot, Template, Templates};

/// What every passage of one serial is written with, made once.
#[derive(Debug, Clone)]
pub(crate) struct SerialGround {
    world: World,
    narrator: Persona,
    labels: Vec<String>,
}

/// Words by which a narrator who stands outside would step into the tale.
const OUTSIDE: [&str; 9] = ["I", "me", "my", "mine", "you", "your", "we", "us", "our"];

impl SerialGround {
    pub(crate) fn new(opening: &Opening) -> Self {
        let texts = opening.texts();
        let stemmer = Stemmer::of_locale(&opening.locale);
        let world = World {
            names: KnownNames::new(texts.iter().copied()),
            meta: MetaTalk::apart_from(texts.iter().copied(), stemmer),
            modern: ModernWords::apart_from(texts.iter().copied(), stemmer),
            stemmer,
            unspaced: is_unspaced_language(&opening.locale),
        };
        let narrator = &opening.narrator;
        Self {
            world,
            narrator: Persona {
                decode: narrator.decode,
                adapter: narrator.adapter.clone(),
                ..Persona::new("", narrator.voice.clone())
            },
            labels: opening.cast.ids().flat_map(|who| opening.names_of(who)).map(str::to_owned).collect(),
        }
    }
}

impl SerialBrief {
    /// The request to write the passage: in the opening's template, with the recap cut to what the model's window holds,
    /// and everything that this chapter has told behind it. The same serial gives the same request at the same place.
    #[must_use]
    pub fn request(&self, templates: &Templates, priority: Priority) -> LineRequest {
        let ground = &self.ground;
        let nothing = Template::default();
        let template = templates.get(&self.opening.prompt).unwrap_or(&nothing);
        let scene = self.scene();
        let prompt = self.prompt(template.render(&scene, templates.start_of_text));
        let policy = Policy { sentences: self.sentences.max(1), ..self.opening.policy.clone() };
        let mut must_not = self.must_not.clone();
        if self.opening.narrator.tells == Teller::Third {
            let own: Vec<&String> = self.must.iter().flatten().collect();
            must_not
                .extend(OUTSIDE.iter().filter(|word| !own.iter().any(|o| o == *word)).map(|word| (*word).to_owned()));
        }
        let limits = Limits {
            must: &self.must,
            must_not: &must_not,
            labels: ground.labels.clone(),
            recent: self.told.iter().take(policy.remember).cloned().collect(),
            pattern: policy::pattern(&policy),
            ..Limits::new(&policy, &ground.narrator, &ground.world, self.seed)
        };
        let mut work = limits.work(prompt, &scene);
        // Whatever the policy says: a serial's people are those of its cast.
        if let crate::request::Work::Write { constraints, rules, .. } = &mut work {
            rules.names = Some(ground.world.names.clone());
            constraints.names = Some(ground.world.names.clone());
        }
        LineRequest { work, fallback: or_silence(&self.fallback), priority, budget_ms: policy.budget_ms }
    }

    fn scene(&self) -> Scene {
        let recap: String = self.recap.iter().map(|(piece, _)| piece.as_str()).collect();
        Scene {
            setting: self.setting.clone(),
            lore: self.facts.clone(),
            personas: vec![self.ground.narrator.clone()],
            say: self.fallback.clone(),
            goal: self.goal.clone(),
            more: vec![
                (Slot::Premise, self.opening.premise.clone()),
                (Slot::Recap, recap),
                (Slot::N, self.chapter.to_string()),
            ],
            ..Scene::default()
        }
    }

    /// With a recap of which events may go, and what the chapter has told so far, of which only the last passage stays
    /// in any case.
    fn prompt(&self, mut prompt: Prompt) -> Prompt {
        for section in prompt.sections.iter_mut().filter(|section| section.name == Slot::Recap.name()) {
            let pieces = self.recap.iter().map(|(text, rank)| Piece { text: text.clone(), keep: Some(*rank) });
            section.pieces = pieces.collect();
        }
        if let Some((last, before)) = self.so_far.split_last() {
            let rank = |at: usize| SO_FAR + u32::try_from(at.min(999)).unwrap_or(999);
            let told = before.iter().enumerate();
            let mut pieces: Vec<Piece> =
                told.map(|(at, text)| Piece { text: format!("{text} "), keep: Some(rank(at)) }).collect();
            pieces.push(Piece { text: last.clone(), keep: None });
            prompt.sections.push(Section { name: "so_far".to_owned(), pieces });
        }
        prompt
    }
}
