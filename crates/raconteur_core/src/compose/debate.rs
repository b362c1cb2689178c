//! Debates: which claim answers the last one, and how it is worded.

use super::{Composed, Composer, or_silence, policy, policy::Limits, seed_of};
use crate::debate::{Candidate, Debate, POLICY, Seat, What, beat_of};
use crate::facts;
use crate::generate::Priority;
use crate::judge::said_hash;
use crate::persona::Persona;
use crate::request::{LineRequest, Why, Work};
use crate::story::expr::Environment;
use crate::story::format::Policy;
use crate::template::{Scene, Slot};

/// Template of a debate, up to where somebody makes a claim.
const DEBATE: &str = "debate";
/// The same for a model that knows no debates.
const SAY: &str = "say";
/// Template in which a claim is worded.
const VARY: &str = "vary";

impl Composer {
    /// Asks which of some claims answers what was said last; the [`ranking`](crate::request::Finished::ranking) of its end
    /// holds their places. The composer has to be that of the debate's [`stage`](Debate::stage). `None` when there is nothing
    /// to tell apart.
    #[must_use]
    pub fn rank_claims(
        &self,
        debate: &Debate,
        among: &[Candidate<'_>],
        outer: &dyn Environment,
    ) -> Option<LineRequest> {
        let first = among.first().filter(|_| among.len() > 1)?;
        let seat = debate.motion().seat(&first.claim.side)?;
        let template = self.templates.get(DEBATE).or_else(|| self.templates.get(SAY))?;
        let last = debate.state().said.iter().rev().find(|said| said.seat != seat);
        let scene = self.debate_scene(debate, seat, last.map_or("", |said| said.text.as_str()), outer);
        let policy = self.debate_policy(debate);
        let null = policy::null_context(policy, &scene).unwrap_or_else(|| format!("{}:", scene.speaker));
        let work = Work::Pick {
            prompt: template.render(&scene, self.templates.start_of_text),
            from: among.iter().map(|candidate| or_silence(&candidate.claim.say)).collect(),
            null: Some(null),
        };
        let fallback = or_silence(&first.claim.say);
        Some(LineRequest { work, fallback, priority: Priority::OnScreen, budget_ms: policy.budget_ms })
    }

    /// What becomes of the words of a claim: it is reworded in the voice and mood of its side, keeps its `must`, and may use
    /// the facts that it needs. The same claim in the same turn of the same debate gives the same request.
    #[must_use]
    pub fn claim(&self, debate: &Debate, id: &str, outer: &dyn Environment) -> Composed {
        let motion = debate.motion().clone();
        let Some((claim, seat)) = motion.claims.get(id).zip(motion.seat_of(id)) else {
            return Composed::Authored(Why::Written);
        };
        let Some(template) = self.templates.get(VARY) else { return Composed::Authored(Why::Written) };
        let env = debate.environment(outer);
        let beat = beat_of(&motion);
        let who = debate.who(seat).to_owned();
        let known = facts::known(&self.story, &who, &beat, &env);
        let mut lore = facts::called(&self.story, &known, &[&claim.say]);
        for needed in claim.needs.iter().rev().filter(|fact| known.contains(&fact.as_str())) {
            if let Some(fact) = self.story.lore.get(needed) {
                lore.retain(|other| !std::ptr::eq(*other, fact));
                lore.insert(0, fact);
            }
        }
        let lore = lore.into_iter().map(|fact| fact.says.clone()).collect();
        let persona = self.debater(debate, seat);
        let name = debate.name(seat).to_owned();
        let scene = Scene {
            setting: facts::setting(&self.story, &beat).to_owned(),
            lore,
            personas: vec![persona.clone()],
            listener: debate.name(seat.other()).to_owned(),
            speaker: name,
            say: claim.say.clone(),
            ..Scene::default()
        };
        let mut secrets = facts::forbidden_words(&self.story, &who, &beat, &env);
        let own = claim.must.iter().flatten().map(String::as_str).chain([claim.say.as_str()]);
        policy::release(&mut secrets, own, self.world.stemmer);
        let policy = self.debate_policy(debate);
        // What a side has said, the newest first; its own words are not said again.
        let said: Vec<&str> =
            debate.state().said.iter().rev().filter(|s| s.seat == seat).map(|s| s.text.as_str()).collect();
        let recent = said.iter().take(policy.remember).map(|text| (*text).to_owned()).collect();
        let hashes = if policy.remember == 0 { Vec::new() } else { said.iter().map(|text| said_hash(text)).collect() };
        let limits = Limits {
            must: &claim.must,
            must_not: &claim.must_not,
            secrets,
            labels: self.cast_names(),
            recent,
            said: hashes,
            reword: &claim.say,
            pattern: self.pattern(policy),
            guidance: super::guide::guidance(policy, template, &scene, self.templates.start_of_text),
            ..Limits::new(
                policy,
                &persona,
                &self.world,
                seed_of(debate.state().seed, id, u64::from(debate.state().turn)),
            )
        };
        Composed::Request(LineRequest {
            work: limits.work(template.render(&scene, self.templates.start_of_text), &scene),
            fallback: or_silence(&claim.say),
            priority: Priority::OnScreen,
            budget_ms: policy.budget_ms,
        })
    }

    /// The layout of a debate: both sides, the topic, who is for and who against, and the talk so far.
    fn debate_scene(&self, debate: &Debate, seat: Seat, heard: &str, outer: &dyn Environment) -> Scene {
        let motion = debate.motion();
        let beat = beat_of(motion);
        let env = debate.environment(outer);
        let known = facts::known(&self.story, debate.who(seat), &beat, &env);
        let lore = facts::called(&self.story, &known, &[heard]).into_iter().map(|fact| fact.says.clone()).collect();
        let stances = Seat::BOTH.map(|seat| {
            let given = motion.side(seat).map_or("", |(_, side)| side.stance.trim());
            let stance = match (given, seat) {
                ("", Seat::First) => "for",
                ("", Seat::Second) => "against",
                (given, _) => given,
            };
            format!("{} is {stance}.", debate.name(seat))
        });
        let history = debate.state().said.iter().map(|said| {
            // Claims stand there as they were written: what is ranked against them was written too.
            let text = match &said.what {
                What::Claim(id) => motion.claims.get(id).map_or(said.text.as_str(), |claim| claim.say.as_str()),
                What::Opening | What::Closing => said.text.as_str(),
            };
            (debate.name(said.seat).to_owned(), text.to_owned())
        });
        Scene {
            setting: facts::setting(&self.story, &beat).to_owned(),
            lore,
            personas: Seat::BOTH.iter().map(|seat| self.debater(debate, *seat)).collect(),
            history: history.collect(),
            listener: debate.name(seat.other()).to_owned(),
            speaker: debate.name(seat).to_owned(),
            more: vec![(Slot::Topic, motion.topic.clone()), (Slot::Stances, stances.join(" "))],
            ..Scene::default()
        }
    }

    fn debater(&self, debate: &Debate, seat: Seat) -> Persona {
        let character = self.story.cast.get(debate.who(seat));
        character.map_or_else(Persona::default, |character| self.persona(character, debate.mood(seat)))
    }

    fn debate_policy(&self, debate: &Debate) -> &Policy {
        self.policy(if debate.motion().policy.is_some() { POLICY } else { "default" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::Templates;

    #[test]
    fn the_layout_of_debates_is_built_in() {
        let templates = Templates::default();
        assert!(templates.get(DEBATE).is_some_and(|debate| debate.has(Slot::Topic) && debate.has(Slot::Stances)));
    }
}
