//! The fullest scene that a prompt may have to show.

use std::collections::HashMap;

use super::super::knowledge::knows_here;
use super::super::place::Place;
use super::super::{Linter, Spoken};
use crate::judge::words;
use crate::persona::Persona;
use crate::player_text::DEFAULT_MAX_CHARS;
use crate::runner::PLAYER;
use crate::story::format::{Gen, Policy, Story, Writing};
use crate::template::{Scene, Slot, Template};

/// Something that a prompt is made for.
pub(super) struct Ask<'a> {
    /// As messages call it: `'ford_2'`.
    pub(super) name: String,
    pub(super) who: &'a str,
    pub(super) prompt: &'a str,
    pub(super) policy: &'a str,
    pub(super) place: Place<'a>,
    beat: Option<&'a str>,
    say: &'a str,
    goal: &'a str,
    tone: &'a str,
    /// The facts that it is limited to.
    from: Option<&'a [String]>,
    /// Whether only facts come in that its own words call up.
    reword: bool,
    /// Whether a player asks.
    asked: bool,
    /// Authored texts to rank; nothing is written then.
    ranked: &'a [String],
}

/// All prompts of a story: lines, storylets, labels, interludes.
pub(super) fn asks<'a>(linter: &Linter<'a>) -> Vec<Ask<'a>> {
    let mut asks: Vec<Ask> = linter.spoken().iter().filter_map(of_line).collect();
    for (beat, slot, place) in linter.slots() {
        let who = partner(linter.story, beat);
        for outcome in &slot.outcomes {
            asks.push(Ask {
                name: format!("'{}'", outcome.id),
                who,
                prompt: &slot.prompt,
                policy: &slot.policy,
                place,
                beat: Some(beat),
                say: &outcome.say,
                goal: "",
                tone: &slot.tone,
                from: None,
                reword: false,
                asked: false,
                ranked: &[],
            });
        }
    }
    for (beat, content, place) in linter.beats() {
        let Some(detour) = &content.detour else { continue };
        asks.push(Ask {
            name: format!("the detour of '{beat}'"),
            who: partner(linter.story, beat),
            prompt: &detour.prompt,
            policy: &detour.policy,
            place: place.field("detour"),
            beat: Some(beat),
            say: &detour.say,
            goal: &detour.goal,
            tone: "",
            from: None,
            reword: false,
            asked: false,
            ranked: &[],
        });
    }
    asks
}

fn of_line<'a>(spoken: &Spoken<'a>) -> Option<Ask<'a>> {
    let generate = spoken.generate?;
    let (prompt, policy) = match generate {
        Gen::Pick { prompt, policy, .. } | Gen::Answer { prompt, policy, .. } | Gen::Rumor { prompt, policy, .. } => {
            (prompt, policy)
        }
        Gen::Vary(Writing { prompt, policy, .. }) | Gen::Free(Writing { prompt, policy, .. }) => (prompt, policy),
    };
    let (goal, tone) = match generate {
        Gen::Vary(Writing { goal, tone, .. }) | Gen::Free(Writing { goal, tone, .. }) => (goal.as_str(), tone.as_str()),
        _ => ("", ""),
    };
    let from = match generate {
        Gen::Answer { from, .. } => Some(from.as_slice()),
        Gen::Rumor { of, .. } => Some(std::slice::from_ref(of)),
        _ => None,
    };
    let ranked: &[String] = if let Gen::Pick { from, .. } = generate { from } else { &[] };
    Some(Ask {
        name: format!("'{}'", spoken.id),
        who: spoken.who,
        prompt,
        policy,
        place: spoken.place.field("gen"),
        beat: spoken.beat,
        say: spoken.say,
        goal,
        tone,
        from,
        reword: matches!(generate, Gen::Vary(_)),
        asked: matches!(generate, Gen::Answer { .. }),
        ranked,
    })
}

/// Whom the player talks with in a beat: the first who has a name.
fn partner<'a>(story: &'a Story, beat: &str) -> &'a str {
    let lines = story.beats.get(beat).map(|beat| beat.lines.as_slice()).unwrap_or_default();
    let named = |who: &str| who != PLAYER && story.cast.get(who).is_some_and(|one| !one.name.trim().is_empty());
    lines.iter().map(|line| line.who.as_str()).find(|who| named(who)).unwrap_or(PLAYER)
}

/// The longest of everything, counted once.
pub(super) struct Fullest<'a> {
    count: &'a dyn Fn(&str) -> usize,
    /// By cast id: what they may have said, the longest first.
    turns: HashMap<&'a str, Vec<(usize, String)>>,
    /// The longest setting, for what is told anywhere.
    setting: &'a str,
}

/// Most turns of one speaker that are kept: no template asks for more.
const TURNS: usize = 12;

impl<'a> Fullest<'a> {
    pub(super) fn new(linter: &Linter<'a>, count: &'a dyn Fn(&str) -> usize) -> Self {
        let story = linter.story;
        let mut turns: HashMap<&str, Vec<(usize, String)>> = HashMap::new();
        let mut asks = false;
        for spoken in linter.spoken() {
            let list = turns.entry(spoken.who).or_default();
            list.push((count(spoken.say), spoken.say.to_owned()));
            let written = match spoken.generate {
                Some(
                    Gen::Vary(Writing { policy, .. }) | Gen::Free(Writing { policy, .. }) | Gen::Rumor { policy, .. },
                ) => policy,
                Some(Gen::Answer { policy, .. }) => {
                    asks = true;
                    policy
                }
                Some(Gen::Pick { from, .. }) => {
                    list.extend(from.iter().map(|text| (count(text), text.clone())));
                    continue;
                }
                None => continue,
            };
            let most = policy_of(story, written).tokens.1;
            if most > list.last().map_or(0, |(tokens, _)| *tokens) {
                list.push((most, words_of(most)));
            }
        }
        let player = turns.entry(PLAYER).or_default();
        player.extend(linter.choices().into_iter().map(|(_, choice, _)| (count(&choice.say), choice.say.clone())));
        if asks {
            let question = question();
            player.push((count(&question), question));
        }
        for list in turns.values_mut() {
            list.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
            list.truncate(TURNS);
        }
        let settings = story.beats.iter().map(|(id, _)| setting_of(story, id));
        let setting = settings.max_by_key(|text| count(text)).unwrap_or_default();
        Self { count, turns, setting }
    }

    /// Most tokens that the answer may have.
    pub(super) fn answer(&self, linter: &Linter, ask: &Ask) -> usize {
        if ask.ranked.is_empty() {
            return policy_of(linter.story, ask.policy).tokens.1.max(1);
        }
        ask.ranked.iter().map(String::as_str).chain([ask.say]).map(|text| (self.count)(text)).max().unwrap_or(1)
    }

    /// The scene of a prompt with the longest of everything that may stand in it.
    pub(super) fn scene(&self, linter: &Linter<'a>, ask: &Ask<'a>, template: &Template) -> Scene {
        let story = linter.story;
        let here = self.here(story, ask);
        let longest = |others: bool, most: usize| {
            let mut turns: Vec<(usize, &str, &str)> = Vec::new();
            for who in here.iter().filter(|who| !others || **who != ask.who) {
                let said = self.turns.get(who).map(Vec::as_slice).unwrap_or_default();
                turns.extend(said.iter().map(|(tokens, text)| (*tokens, *who, text.as_str())));
            }
            turns.sort_by(|a, b| b.cmp(a));
            turns.truncate(most);
            turns
        };
        let heard = match () {
            () if !template.has(Slot::Heard) => None,
            () if ask.asked => Some((PLAYER, question())),
            () => longest(true, 1).first().map(|(_, who, text)| (*who, (*text).to_owned())),
        };
        let history = longest(false, template.count(Slot::History));
        let character = story.cast.get(ask.who);
        Scene {
            setting: ask.beat.map_or(self.setting, |beat| setting_of(story, beat)).to_owned(),
            lore: self.facts(story, ask),
            personas: character.map(|character| Persona::of_character(character, ask.tone)).into_iter().collect(),
            history: history.iter().map(|(_, who, text)| (name_of(story, who), (*text).to_owned())).collect(),
            listener: heard.as_ref().map_or_else(|| name_of(story, PLAYER), |(who, _)| name_of(story, who)),
            heard: heard.map(|(_, text)| text).unwrap_or_default(),
            speaker: name_of(story, ask.who),
            say: ask.say.to_owned(),
            goal: ask.goal.to_owned(),
            more: Vec::new(),
        }
    }

    /// Who may have spoken before: the speaker, the player, whoever speaks in the beat. Anybody, where it is none.
    fn here(&self, story: &'a Story, ask: &Ask<'a>) -> Vec<&'a str> {
        let mut here = vec![ask.who, PLAYER];
        match ask.beat.and_then(|beat| story.beats.get(beat)) {
            Some(beat) => here.extend(beat.lines.iter().map(|line| line.who.as_str())),
            None => here.extend(story.cast.ids()),
        }
        // Narration is no turn.
        here.retain(|who| *who == PLAYER || story.cast.get(who).is_some_and(|one| !one.name.trim().is_empty()));
        here.sort_unstable();
        here.dedup();
        here
    }

    /// The facts that may be shown, the longest first.
    fn facts(&self, story: &'a Story, ask: &Ask<'a>) -> Vec<String> {
        let spoken = Spoken { id: "", who: ask.who, say: ask.say, generate: None, beat: ask.beat, place: ask.place };
        let about = words::words(ask.say);
        let mut facts: Vec<(usize, String)> = Vec::new();
        for (id, lore) in story.lore.iter() {
            let listed = ask.from.is_none_or(|from| from.iter().any(|fact| fact == id));
            let called = !ask.reword || lore.keys.iter().any(|key| words::contains(&about, key));
            if listed && called && knows_here(story, &spoken, id) {
                facts.push(((self.count)(&lore.says), lore.says.clone()));
            }
        }
        facts.sort_by(|a, b| b.cmp(a));
        facts.into_iter().map(|(_, says)| says).collect()
    }
}

fn policy_of(story: &Story, name: &str) -> Policy {
    story.policies.get(name).or_else(|| story.policies.get("default")).cloned().unwrap_or_default()
}

fn setting_of<'a>(story: &'a Story, beat: &str) -> &'a str {
    let Some(beat) = story.beats.get(beat) else { return "" };
    if !beat.setting.trim().is_empty() {
        return &beat.setting;
    }
    beat.place.as_deref().and_then(|place| story.places.get(place)).map_or("", |place| &place.setting)
}

fn name_of(story: &Story, who: &str) -> String {
    match story.cast.get(who) {
        Some(character) if !character.name.trim().is_empty() => character.name.clone(),
        _ if who == PLAYER => "You".to_owned(),
        _ => String::new(),
    }
}

/// A text of so many tokens: a short word is one.
fn words_of(tokens: usize) -> String {
    vec!["word"; tokens].join(" ")
}

/// As long a question as a player may type, in plain words.
fn question() -> String {
    "what ".repeat(DEFAULT_MAX_CHARS / 5).trim_end().to_owned()
}
