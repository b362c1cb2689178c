//! What may not stand in a delivered text, worked out from the story, not from the request.

use super::read;
use crate::facts;
use crate::judge::Stemmer;
use crate::rehearsal::{Delivered, Kind};
use crate::runner::PLAYER;
use crate::story::format::{Gen, NamePolicy, Story};

/// What a text may not have.
#[derive(Debug, Default)]
pub(super) struct Closed {
    /// Words and phrases that its policy or its line bans, as they are.
    pub bans: Vec<String>,
    /// Words that give away what its speaker hides or does not know, in whatever form, but for those that the writer has
    /// used for this very text.
    pub secrets: Vec<String>,
    /// Whether it may name only what is known.
    pub names: bool,
}

/// What is closed to a text.
pub(super) fn closed(story: &Story, it: &Delivered<'_>) -> Closed {
    find(story, it).unwrap_or_default()
}

fn find(story: &Story, it: &Delivered<'_>) -> Option<Closed> {
    let env = it.runner.environment(it.host);
    let (beat, id) = (it.piece.beat.as_str(), it.piece.id.as_str());
    let body = story.beats.get(beat);
    // What the writer wrote for this text.
    let mut own: Vec<&str> = Vec::new();
    let mut bans: Vec<String> = Vec::new();
    let (policy, secrets) = match it.piece.kind {
        Kind::Detour => {
            let detour = body?.detour.as_ref()?;
            own.extend([detour.say.as_str(), detour.goal.as_str()]);
            let mut people: Vec<&str> = Vec::new();
            for line in body.iter().flat_map(|body| &body.lines) {
                let named = story.cast.get(&line.who).is_some_and(|one| !one.name.is_empty());
                if named && line.who != PLAYER && line.who != "narrator" {
                    people.push(&line.who);
                }
            }
            (detour.policy.as_str(), facts::forbidden_among(story, &people, beat, &env))
        }
        Kind::Label => {
            let slot = body?.slot.as_ref()?;
            let outcome = slot.outcomes.iter().find(|outcome| outcome.id == id)?;
            own.push(&outcome.say);
            own.extend(outcome.must.iter().flatten().map(String::as_str));
            bans.extend(outcome.must_not.iter().cloned());
            (slot.policy.as_str(), facts::forbidden_words(story, PLAYER, beat, &env))
        }
        _ => {
            let lines = story.beats.iter().flat_map(|(_, beat)| &beat.lines);
            let lines = lines.map(|line| (&line.id, &line.say, &line.generate));
            let storylets = story.storylets.iter().map(|one| (&one.id, &one.say, &one.generate));
            let (_, say, generate) = lines.chain(storylets).find(|(other, ..)| *other == id)?;
            let policy = match generate.as_ref()? {
                Gen::Vary(writing) | Gen::Free(writing) => {
                    own.extend([say.as_str(), writing.goal.as_str()]);
                    own.extend(writing.must.iter().flatten().map(String::as_str));
                    bans.extend(writing.must_not.iter().cloned());
                    &writing.policy
                }
                Gen::Answer { policy, must, must_not, .. } => {
                    own.extend(must.iter().flatten().map(String::as_str));
                    bans.extend(must_not.iter().cloned());
                    policy
                }
                Gen::Rumor { policy, keep, of, .. } => {
                    own.push(say);
                    own.extend(keep.iter().map(String::as_str));
                    own.extend(story.lore.get(of).map(|lore| lore.says.as_str()));
                    own.extend(it.runner.state().retellings.get(of).map(|heard| heard.text.as_str()));
                    policy
                }
                Gen::Pick { .. } => return None,
            };
            (policy.as_str(), facts::forbidden_words(story, &it.piece.who, beat, &env))
        }
    };
    let policy = story.policies.get(policy).or_else(|| story.policies.get("default"));
    bans.extend(policy.into_iter().flat_map(|policy| policy.ban.iter().cloned()));
    let stemmer = Stemmer::of_locale(&story.locale);
    let own: Vec<Vec<String>> = own.into_iter().map(read::words).collect();
    let own: Vec<_> = own.into_iter().map(|words| (read::stems_of(&words, stemmer), words)).collect();
    let is_own = |word: &String| own.iter().any(|(stems, words)| read::has_form(words, stems, word, stemmer));
    let secrets = secrets.into_iter().filter(|word| !is_own(word)).collect();
    Some(Closed { bans, secrets, names: policy.is_some_and(|policy| policy.names == NamePolicy::Known) })
}
