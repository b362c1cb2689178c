//! Which of several hooks suits the scene best.

use super::{Brief, Composer, Spoken, or_silence, policy};
use crate::generate::Priority;
use crate::plot::Candidate;
use crate::request::{LineRequest, Work};
use crate::runner::{Host, PLAYER, Runner};

/// Template of a scene that ends where somebody begins to speak.
const SAY: &str = "say";

impl Composer {
    /// Asks which of some hooks suits the scene best, by the text of each behind it; the
    /// [`ranking`](crate::request::Finished::ranking) holds their places, for [`Board::offer`](crate::plot::Board::offer).
    /// The scene is that of the beat in which the story stands, told to the player by whoever spoke last. Nobody waits for
    /// it. `None` when there is nothing to tell apart.
    #[must_use]
    pub fn rank_hooks(&self, runner: &Runner, candidates: &[Candidate], host: &dyn Host) -> Option<LineRequest> {
        let texts: Vec<String> = candidates.iter().map(|candidate| candidate.say.clone()).collect();
        self.rank_texts(runner, &texts, host)
    }

    /// As [`rank_hooks`](Self::rank_hooks), for texts.
    #[must_use]
    pub fn rank_texts(&self, runner: &Runner, texts: &[String], host: &dyn Host) -> Option<LineRequest> {
        let first = texts.first().filter(|_| texts.len() > 1)?;
        let template = self.templates.get(SAY)?;
        let beat = runner.state().beat.as_str();
        let who = self.partner(runner, self.story().beats.get(beat)).unwrap_or(PLAYER);
        let brief = Brief::plain(SAY, "");
        let nothing_said = Spoken { id: "", who, say: "", generate: None };
        let scene = self.scene(runner, nothing_said, template, &brief, None, host);
        let policy = self.policy(brief.policy);
        let null = policy::null_context(policy, &scene).unwrap_or_else(|| format!("{}:", scene.speaker));
        let work = Work::Pick {
            prompt: template.render(&scene, self.templates.start_of_text),
            from: texts.to_vec(),
            null: Some(null),
        };
        let fallback = or_silence(first);
        Some(LineRequest { work, fallback, priority: Priority::Ambient, budget_ms: policy.budget_ms })
    }
}
