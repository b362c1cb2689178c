//! Texts with several authored wordings: ranked by a model, or without one chosen by the seed of the play-through.

use super::{Brief, Composed, Composer, Spoken, or_silence, policy, seed_of};
use crate::desk::authored;
use crate::generate::Priority;
use crate::judge::said_hash;
use crate::request::{Finished, LineRequest, Source, Why, Work};
use crate::runner::{Host, Runner};
use crate::story::format::{Gen, Storylet};
use crate::variants::Wording;

/// Template of a scene that ends where somebody begins to speak.
const SAY: &str = "say";

impl Composer {
    /// The wording that is shown without a model: by seed, but not the one that was shown last. `times` is the number of
    /// the visit. The same place in the same play-through gives the same one.
    pub(super) fn by_seed<'a>(
        &self,
        runner: &Runner,
        id: &str,
        times: u64,
        wordings: &[Wording<'a>],
    ) -> Option<Wording<'a>> {
        let last = runner.state().variants.get(id).map(|place| *place as usize);
        let open: Vec<&Wording> = wordings
            .iter()
            .enumerate()
            .filter(|(place, _)| wordings.len() == 1 || Some(*place) != last)
            .map(|(_, wording)| wording)
            .collect();
        let seed = seed_of(runner.state().seed, id, times);
        // What is left of a division is below the length, which is a `usize`.
        let place = usize::try_from(seed % open.len().max(1) as u64).unwrap_or(0);
        open.get(place).map(|wording| **wording)
    }

    /// A line with several wordings. What a model would have written is not asked for: that is what they are.
    pub(super) fn pick(
        &self,
        runner: &Runner,
        line: Spoken<'_>,
        generate: &Gen,
        wordings: &[Wording<'_>],
        priority: Priority,
        host: &dyn Host,
    ) -> Composed {
        let Some(chosen) = self.by_seed(runner, line.id, self.times(runner, line.id), wordings) else {
            return Composed::Authored(Why::Written);
        };
        let (prompt, policy, goal) = match generate {
            Gen::Free(writing) => (writing.prompt.as_str(), &writing.policy, writing.goal.as_str()),
            // Their prompts end with a text to reword, or with a question; in those a variant is not at home.
            Gen::Vary(writing) if self.templates.get(&writing.prompt).is_some() => (SAY, &writing.policy, ""),
            Gen::Vary(writing) => (writing.prompt.as_str(), &writing.policy, ""),
            Gen::Rumor { prompt, policy, .. } if self.templates.get(prompt).is_some() => (SAY, policy, ""),
            Gen::Pick { prompt, policy, .. }
            | Gen::Rumor { prompt, policy, .. }
            | Gen::Answer { prompt, policy, .. } => (prompt.as_str(), policy, ""),
        };
        let Some(template) = self.templates.get(prompt) else { return chosen_without_model(chosen) };
        let brief = Brief { goal, ..Brief::plain(prompt, policy) };
        let scene = self.scene(runner, line, template, &brief, None, host);
        let policy = self.policy(policy);
        let work = Work::Pick {
            prompt: template.render(&scene, self.templates.start_of_text),
            from: fresh(runner, line, wordings).iter().map(|wording| wording.say.to_owned()).collect(),
            null: policy::null_context(policy, &scene),
        };
        Composed::Request(LineRequest { work, fallback: or_silence(chosen.say), priority, budget_ms: policy.budget_ms })
    }

    /// Asks which of several storylets of one speaker suits the scene best; its [`ranking`](Finished::ranking) holds their
    /// places. Nobody waits for it. `None` when there is nothing to tell apart.
    #[must_use]
    pub fn rank_storylets(&self, runner: &Runner, tied: &[&Storylet], host: &dyn Host) -> Option<LineRequest> {
        let first = tied.first().filter(|_| tied.len() > 1)?;
        let template = self.templates.get(SAY)?;
        let brief = Brief::plain(SAY, "");
        let nothing_said = Spoken { say: "", ..Spoken::from(*first) };
        let scene = self.scene(runner, nothing_said, template, &brief, None, host);
        let policy = self.policy(brief.policy);
        let null = policy::null_context(policy, &scene).unwrap_or_else(|| format!("{}:", scene.speaker));
        let work = Work::Pick {
            prompt: template.render(&scene, self.templates.start_of_text),
            from: tied.iter().map(|storylet| or_silence(&storylet.say)).collect(),
            null: Some(null),
        };
        let fallback = or_silence(&first.say);
        Some(LineRequest { work, fallback, priority: Priority::Ambient, budget_ms: policy.budget_ms })
    }

    /// What is shown of a text when no model is asked, and `why` that is so. `id` and `say` are those of the text. A
    /// reviewed variant counts as [`Source::Baked`]: it needs no model.
    #[must_use]
    pub fn offline(&self, id: &str, say: &str, composed: Composed, why: Why) -> Finished {
        match composed {
            Composed::Authored(why) => authored(or_silence(say), why),
            Composed::Chosen { text, source } => Finished { source, ..authored(text, why) },
            Composed::Request(LineRequest { work, fallback, .. }) => {
                let rows = self.story.baked.get(id).map(Vec::as_slice).unwrap_or_default();
                let baked = matches!(work, Work::Pick { .. })
                    && fallback != say
                    && rows.iter().any(|row| row.accept && row.say == fallback);
                let finished = authored(fallback, why);
                if baked { Finished { source: Source::Baked, ..finished } } else { finished }
            }
        }
    }
}

/// The wordings that their speaker has not said yet; when all have been, all but the one that was shown last. Else the model
/// would choose the same best one each time.
fn fresh<'a>(runner: &Runner, line: Spoken<'_>, wordings: &[Wording<'a>]) -> Vec<Wording<'a>> {
    let state = runner.state();
    let said = state.said.get(line.who).map(Vec::as_slice).unwrap_or_default();
    let unsaid: Vec<Wording> =
        wordings.iter().filter(|wording| !said.contains(&said_hash(wording.say))).copied().collect();
    if !unsaid.is_empty() {
        return unsaid;
    }
    let last = state.variants.get(line.id).map(|place| *place as usize);
    wordings.iter().enumerate().filter(|(place, _)| Some(*place) != last).map(|(_, wording)| *wording).collect()
}

/// One of the wordings, when there is no prompt that they could be ranked in.
pub(super) fn chosen_without_model(chosen: Wording<'_>) -> Composed {
    let source = if chosen.baked { Source::Baked } else { Source::Authored(Why::Written) };
    Composed::Chosen { text: chosen.say.to_owned(), source }
}
