//! K05 words that a line must say and must not, G05 an authored text that breaks its own rules, G06 words that the policy
//! keeps from being said.

use super::Linter;
use super::place::Place;
use crate::judge::{KnownNames, words};
use crate::story::diagnostic::Severity;
use crate::story::format::{Gen, NamePolicy, Policy, Writing};

/// What a text asks of its words.
pub(super) struct Asked<'a> {
    pub(super) id: &'a str,
    /// Of each group one word has to be said.
    pub(super) must: Vec<&'a [String]>,
    must_not: &'a [String],
    /// The text that is shown when none of the model's is; `None` where it need not keep the rules.
    say: Option<&'a str>,
    pub(super) policy: &'a str,
    /// What the writer calls `must` here.
    pub(super) field: &'static str,
    /// The object with `must` and `must_not`.
    place: Place<'a>,
    /// The object with `say`.
    owner: Place<'a>,
}

pub(super) fn check(linter: &mut Linter) {
    let names = KnownNames::of_story(linter.story);
    for asked in all(linter) {
        contradictions(linter, &asked);
        authored(linter, &asked);
        kept_away(linter, &asked, &names);
    }
}

/// Everything that has words it must or must not say.
pub(super) fn all<'a>(linter: &Linter<'a>) -> Vec<Asked<'a>> {
    let mut all = Vec::new();
    for spoken in linter.spoken() {
        let mut asked = Asked {
            id: spoken.id,
            must: Vec::new(),
            must_not: &[],
            say: Some(spoken.say),
            policy: "default",
            field: "must",
            place: spoken.place.field("gen"),
            owner: spoken.place,
        };
        match spoken.generate {
            Some(
                Gen::Vary(Writing { must, must_not, policy, .. }) | Gen::Free(Writing { must, must_not, policy, .. }),
            ) => {
                (asked.must_not, asked.policy) = (must_not, policy);
                asked.must = must.iter().map(Vec::as_slice).collect();
            }
            Some(Gen::Answer { must, must_not, policy, .. }) => {
                // Its words belong into answers. What is said when there is none has no need of them.
                (asked.must_not, asked.policy, asked.say) = (must_not, policy, None);
                asked.must = must.iter().map(Vec::as_slice).collect();
            }
            Some(Gen::Rumor { keep, policy, .. }) => {
                (asked.policy, asked.field) = (policy, "keep");
                asked.must = keep.iter().map(std::slice::from_ref).collect();
            }
            Some(Gen::Pick { .. }) | None => continue,
        }
        all.push(asked);
    }
    for (_, slot, place) in linter.slots() {
        let list = place.field("outcomes");
        for (index, outcome) in slot.outcomes.iter().enumerate() {
            let place = list.item(index);
            all.push(Asked {
                id: &outcome.id,
                must: outcome.must.iter().map(Vec::as_slice).collect(),
                must_not: &outcome.must_not,
                say: Some(&outcome.say),
                policy: &slot.policy,
                field: "must",
                place,
                owner: place,
            });
        }
    }
    all
}

impl<'a> Asked<'a> {
    /// Place of a word of `must`, or of a group that is one word.
    pub(super) fn word(&self, group: usize, word: usize) -> Place<'a> {
        self.place.field(self.field).item(group).item(word)
    }
}

/// K05.
fn contradictions(linter: &mut Linter, asked: &Asked) {
    for (group, alternatives) in asked.must.iter().enumerate() {
        for (index, word) in alternatives.iter().enumerate() {
            let said = words::words(word);
            let Some(forbidden) = asked.must_not.iter().position(|other| words::contains(&said, other)) else {
                continue;
            };
            let not = asked.place.field("must_not").item(forbidden).value();
            let message =
                format!("'{}' must say \"{word}\" and must not say \"{}\"", asked.id, asked.must_not[forbidden]);
            let found = linter.report("K05", Severity::Warn, asked.word(group, index), message);
            found.help = Some(if alternatives.len() > 1 {
                format!(
                    "take \"{word}\" out of one of the two; as it is, only the other words of its group can be said"
                )
            } else {
                format!("take \"{word}\" out of one of the two; as it is, no generated text can pass")
            });
            *found = found.clone().label(not, "forbidden here");
        }
    }
}

/// G05.
fn authored(linter: &mut Linter, asked: &Asked) {
    // A text that is missing is L01's.
    let Some(say) = asked.say.filter(|say| !say.trim().is_empty()) else { return };
    let said = words::words(say);
    let at = asked.owner.field("say");
    for (group, alternatives) in asked.must.iter().enumerate() {
        let can = |word: &String| !words::words(word).is_empty();
        if !alternatives.iter().any(can) || alternatives.iter().any(|word| words::contains(&said, word)) {
            continue;
        }
        let list = alternatives.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
        let message = format!(
            "'{}': the authored text has none of [{list}], so the fallback breaks the line's own {}",
            asked.id, asked.field
        );
        let rule = asked.place.field(asked.field).item(group).value();
        let found = linter.report("G05", Severity::Warn, at, message);
        found.help = Some("put one of the words into say:, or take the group away".to_owned());
        *found = found.clone().label(rule, "one of these has to be said");
    }
    for (index, word) in asked.must_not.iter().enumerate() {
        if words::contains(&said, word) {
            let message = format!(
                "'{}': the authored text has \"{word}\", so the fallback breaks the line's own must_not",
                asked.id
            );
            let rule = asked.place.field("must_not").item(index).value();
            let found = linter.report("G05", Severity::Warn, at, message);
            found.help = Some("say it without the word, or take the word out of must_not".to_owned());
            *found = found.clone().label(rule, "forbidden here");
        }
    }
}

/// G06.
fn kept_away(linter: &mut Linter, asked: &Asked, names: &KnownNames) {
    let story = linter.story;
    let built_in = Policy::default();
    // A policy that does not exist is G10's; until it does, the default holds.
    let policy = story.policies.get(asked.policy).unwrap_or(&built_in);
    for (group, alternatives) in asked.must.iter().enumerate() {
        for (index, word) in alternatives.iter().enumerate() {
            let said = words::words(word);
            let place = asked.word(group, index);
            if let Some(banned) = policy.ban.iter().find(|banned| words::contains(&said, banned)) {
                let message = if words::words(banned) == said {
                    format!("must word \"{word}\" of '{}' is also banned by policy '{}'", asked.id, asked.policy)
                } else {
                    format!(
                        "must word \"{word}\" of '{}' holds \"{banned}\", which policy '{}' bans",
                        asked.id, asked.policy
                    )
                };
                linter.report("G06", Severity::Warn, place, message).help =
                    Some("take it out of must or out of ban, or use a policy without that ban".to_owned());
            } else if policy.names == NamePolicy::Known
                // Behind a word, so that it does not count as the first of its sentence.
                && let Some(unknown) = names.first_unknown(&format!("so {word}"))
            {
                let message = format!(
                    "must word \"{word}\" of '{}' is not among the names of the story, and policy '{}' has names: Known",
                    asked.id, asked.policy
                );
                linter.report("G06", Severity::Warn, place, message).help = Some(format!(
                    "write it in lower case if it is no name; else let the cast, the lore or a text name {unknown}"
                ));
            }
        }
    }
}
