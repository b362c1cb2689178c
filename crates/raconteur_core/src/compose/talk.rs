//! Talk in a game without a story: a persona, a few facts, what has been said.

use super::policy::{self, Limits};
use super::world::World;
use super::{guide, or_silence, seed_of};
use crate::generate::Priority;
use crate::judge::{Near, words};
use crate::persona::Persona;
use crate::player_text::PlayerText;
use crate::request::{LineRequest, Turn};
use crate::rumors::Retelling;
use crate::story::format::Policy;
use crate::template::{Scene, Template, Templates};

/// Something that a persona is to say, with all that a story would otherwise provide.
#[derive(Debug, Clone, PartialEq)]
pub struct Talk<'a> {
    /// Who speaks.
    pub persona: &'a Persona,
    /// Where and when it is, in one sentence.
    pub setting: &'a str,
    /// What they know and may say, the most relevant first.
    pub facts: &'a [String],
    /// What has been said, oldest first. `who` is a display name here.
    pub history: &'a [Turn],
    /// Hashes of what they have ever shown, see [`said_hash`](crate::judge::said_hash).
    pub said: &'a [u32],
    /// Display name of whom they talk to.
    pub listener: &'a str,
    /// What they are to answer, if anything.
    pub heard: Option<&'a PlayerText>,
    /// What the line is to achieve; used when nothing was heard.
    pub goal: &'a str,
    /// Of each group one word has to be said.
    pub must: &'a [Vec<String>],
    /// Words that may not be said.
    pub must_not: &'a [String],
    /// Rules and sampling.
    pub policy: &'a Policy,
    /// What is shown when the model's text is not.
    pub fallback: &'a str,
    /// How urgent it is.
    pub priority: Priority,
    /// The same persona, scene and seed give the same words.
    pub seed: u64,
}

impl Talk<'_> {
    pub(super) fn scene(&self, heard: &str) -> Scene {
        let listener = if self.listener.trim().is_empty() { "You" } else { self.listener };
        Scene {
            setting: self.setting.to_owned(),
            lore: self.facts.to_vec(),
            personas: vec![self.persona.clone()],
            history: self.history.iter().map(|turn| (turn.who.clone(), turn.text.clone())).collect(),
            listener: listener.to_owned(),
            heard: heard.to_owned(),
            speaker: self.persona.name.clone(),
            goal: self.goal.to_owned(),
            ..Scene::default()
        }
    }

    /// The request: in the template `reply` when something was heard, else in `say`. Templates always have both.
    ///
    /// With [`NamePolicy::Known`](crate::story::format::NamePolicy::Known) the names in the setting, the facts, the
    /// examples, the history, the goal and the question are known.
    #[must_use]
    pub fn request(&self, templates: &Templates) -> LineRequest {
        let heard = self.heard.filter(|heard| !heard.is_empty()).map_or("", PlayerText::as_str);
        let name = if heard.is_empty() { "say" } else { "reply" };
        self.written(name, &self.scene(heard), "", None, templates)
    }

    /// The request to say `say` in other words, in the template `vary`. [`heard`](Self::heard) does not matter then.
    #[must_use]
    pub fn reword(&self, say: &str, templates: &Templates) -> LineRequest {
        let scene = Scene { say: say.to_owned(), ..self.scene("") };
        self.written("vary", &scene, say, None, templates)
    }

    /// The request to word a telling of [`rumors`](crate::rumors), in the template `rumor`, as
    /// [`Composer::retelling`](super::Composer::retelling) does it for somebody of a story: the telling is the one fact of
    /// the prompt and what is shown without a model, its names and numbers have to be said, and the words stay within its
    /// drift of it. [`heard`](Self::heard), [`facts`](Self::facts), [`must`](Self::must) and
    /// [`fallback`](Self::fallback) do not matter then; [`history`](Self::history) is how it was told to them.
    #[must_use]
    pub fn retell(&self, telling: &Retelling, templates: &Templates) -> LineRequest {
        let must: Vec<Vec<String>> = telling.keep.iter().map(|word| vec![word.clone()]).collect();
        let facts = [telling.text.clone()];
        let talk = Talk { must: &must, facts: &facts, fallback: &telling.text, heard: None, ..self.clone() };
        let near = Near { text: telling.text.clone(), most: telling.drift };
        let name = if templates.get("rumor").is_some() { "rumor" } else { "say" };
        talk.written(name, &talk.scene(""), "", Some(near), templates)
    }

    fn written(
        &self,
        template: &str,
        scene: &Scene,
        reword: &str,
        near: Option<Near>,
        templates: &Templates,
    ) -> LineRequest {
        let heard = scene.heard.as_str();
        let nothing = Template::default();
        let template = templates.get(template).unwrap_or(&nothing);
        let prompt = template.render(scene, templates.start_of_text);
        // An answer rests on what the persona knows; see `Guide`.
        let guided = heard.is_empty() || !reword.is_empty();
        let guidance = guided.then(|| guide::guidance(self.policy, template, scene, templates.start_of_text)).flatten();

        let mut labels = vec![self.persona.name.clone(), scene.listener.clone()];
        labels.extend(self.history.iter().map(|turn| turn.who.clone()));
        labels.retain(|name| !name.trim().is_empty());
        labels.sort_unstable();
        labels.dedup();
        let mut texts: Vec<&str> =
            vec![&self.persona.name, &self.persona.voice, self.setting, self.goal, heard, reword];
        texts.extend(self.facts.iter().map(String::as_str));
        texts.extend(self.history.iter().flat_map(|turn| [turn.who.as_str(), &turn.text]));
        texts.extend(self.persona.talks.iter().flat_map(|(asked, said)| [asked.as_str(), said]));
        let world = World::of_talk(&texts);
        let recent = self.history.iter().rev().filter(|turn| turn.who == self.persona.name).take(self.policy.remember);
        // A narrator tells what everybody does.
        let mut player = if self.persona.name.trim().is_empty() { Vec::new() } else { vec!["You".to_owned()] };
        if !player.is_empty() && !player.contains(&scene.listener) {
            player.push(scene.listener.clone());
        }
        let said = if self.policy.remember == 0 { &[] } else { self.said };
        let seed = seed_of(self.seed, &words::fold(&self.persona.name), self.history.len() as u64);
        let limits = Limits {
            must: self.must,
            must_not: self.must_not,
            labels,
            player,
            recent: recent.map(|turn| turn.text.clone()).collect(),
            said: said.to_vec(),
            reword,
            near,
            pattern: policy::pattern(self.policy),
            guidance,
            ..Limits::new(self.policy, self.persona, &world, seed)
        };
        LineRequest {
            work: limits.work(prompt, scene),
            fallback: or_silence(self.fallback),
            priority: self.priority,
            budget_ms: self.policy.budget_ms,
        }
    }
}
