//! Voice drills: short talks in which the description of a speaker decides the words. Trades bring their own things and
//! sayings, manners their own turns of phrase; a grammar joins both into answers to everyday questions.
//!
//! Four seeds in a row make a group: the same setting, facts, names and prompts for two trades by two sets of manners.
//! Within a group nothing but the voice explains what is said. Where there are real scenes, some drills are a line of one
//! of these behind its speaker's voice alone.

mod line;
mod lists;
mod shape;
#[cfg(test)]
mod tests;
mod told;

use self::line::{Ground, Speaker, Voice};
use self::lists::{Kind, Lists, Manner, Trade};
use self::told::Told;
use super::drill::{Chance, with_article, words};
use super::pools::pool;
use super::{Body, Drills, NameKind, Said, Script, YOU};
use crate::compose::seed_of;

/// Makes voice drills. Facts that are asked for come from fact drills, so that a voice also colours what has to be carried
/// over.
#[derive(Debug, Clone)]
pub struct VoiceDrills {
    drills: Drills,
    /// What is said in real scenes.
    told: Vec<Told>,
}

/// Drills of a group.
const GROUP: u64 = 4;

/// The shapes of a drill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The player asks one speaker.
    Asked,
    /// A speaker begins.
    Opens,
    /// The player asks two speakers the same.
    Both,
    /// Two speakers ask each other.
    Each,
    /// A speaker tells a fact.
    Fact,
    /// Somebody says what they say in a real scene.
    Told,
}

#[rustfmt::skip]
const FORMS: [Form; 16] = [
    Form::Asked, Form::Asked, Form::Asked, Form::Asked, Form::Asked, Form::Opens, Form::Opens, Form::Both, Form::Both,
    Form::Each, Form::Each, Form::Fact, Form::Told, Form::Told, Form::Told, Form::Told,
];

/// What the drills of a group share.
struct Group {
    form: Form,
    ground: Ground,
    setting: String,
    facts: Vec<String>,
    /// Who may speak.
    people: [&'static str; 2],
    /// A name that can be a man's or a woman's.
    anybody: &'static str,
    /// Kind of question, and its words.
    prompts: Vec<(&'static Kind, String)>,
    mood: Option<usize>,
    trades: [&'static Trade; 2],
    manners: [Vec<(&'static Manner, &'static str)>; 2],
}

impl Default for VoiceDrills {
    fn default() -> Self {
        Self::new(&[])
    }
}

impl VoiceDrills {
    /// With the places that the slots of these scenes name, and with what is said in them.
    #[must_use]
    pub fn new(scenes: &[Script]) -> Self {
        Self { drills: Drills::new(scenes), told: told::told(scenes) }
    }

    /// A drill; the same seed gives the same one. Seeds with the same quotient by four share all but the voices and what
    /// these say.
    #[must_use]
    pub fn draw(&self, seed: u64) -> Script {
        let lists = lists::lists();
        let group = Group::draw(lists, seed / GROUP);
        let member = usize::try_from(seed % GROUP).unwrap_or(0);
        let mut chance = Chance::new(seed_of(seed, "voice drill", 0));
        let (trade, manners) = (member & 1, member >> 1);
        let mut voices = vec![group.voice(trade, manners, 0, &mut chance)];
        if matches!(group.form, Form::Both | Form::Each) {
            voices.push(group.voice(1 - trade, 1 - manners, 1, &mut chance));
        }
        if group.form == Form::Told
            && let Some(told) = told::pick(&self.told, member, &mut Chance::new(seed_of(seed / GROUP, "told", 0)))
        {
            return group.told(told);
        }
        if group.form == Form::Fact {
            return self.fact(&group, &voices[0], seed, &mut chance);
        }
        let mut turns = Vec::new();
        let mut used = Vec::new();
        let mut say = |who: usize, kind: Option<&'static Kind>, used: &mut Vec<&'static str>| {
            let mood = group.mood.filter(|_| who == 0).map(|mood| lists.moods[mood].1.as_slice());
            let speaker = Speaker { voice: &voices[who], ground: &group.ground, mood };
            (group.people[who].to_owned(), speaker.say(kind, &mut chance, used))
        };
        if group.form == Form::Opens {
            turns.push(say(0, None, &mut used));
        }
        for (at, (kind, prompt)) in group.prompts.iter().enumerate() {
            match group.form {
                Form::Each => {
                    let (asks, answers) = (at % 2, 1 - at % 2);
                    turns.push((group.people[asks].to_owned(), prompt.clone()));
                    turns.push(say(answers, Some(kind), &mut used));
                }
                Form::Both => {
                    turns.push((YOU.to_owned(), prompt.clone()));
                    turns.push(say(0, Some(kind), &mut used));
                    turns.push(say(1, Some(kind), &mut used));
                }
                _ => {
                    turns.push((YOU.to_owned(), prompt.clone()));
                    turns.push(say(0, Some(kind), &mut used));
                }
            }
        }
        if group.form == Form::Each {
            turns.push(say((group.prompts.len() + 1) % 2, None, &mut used));
        }
        let mut script = group.script(&voices, &mut chance);
        script.body = Body::Talk { turns };
        script
    }

    /// A fact drill whose answers are told in a voice.
    fn fact(&self, group: &Group, voice: &Voice, seed: u64, chance: &mut Chance) -> Script {
        let mut script = self.drills.draw(seed_of(seed / GROUP, "voiced fact", 0));
        let me = script.speakers.ids().next().unwrap_or_default().to_owned();
        let voice = Voice { name_kind: kind_of(&me), ..voice.clone() };
        let ground = Ground { knows_somebody: false, knows_place: false, ..group.ground.clone() };
        let speaker = Speaker { voice: &voice, ground: &ground, mood: None };
        let mut used = Vec::new();
        if let Body::Answer { turns, .. } = &mut script.body {
            for (who, text) in turns {
                if *who != YOU {
                    *text = speaker.dress(text, chance, &mut used);
                }
            }
        }
        script.speakers = std::iter::once((me, voice.text(chance))).collect();
        script
    }
}

impl Group {
    fn draw(lists: &'static Lists, number: u64) -> Self {
        let mut chance = Chance::new(seed_of(number, "voice group", 0));
        let form = *chance.pick(&FORMS);
        let first = chance.pick(&lists.trades);
        let world = *chance.pick(&first.worlds);
        let others: Vec<&Trade> =
            lists.trades.iter().filter(|other| other.worlds.contains(&world) && other.names != first.names).collect();
        let second = others.get(chance.below(others.len())).copied().unwrap_or(first);
        let manners = lists.manners(&mut chance);
        let others = lists.other_manners(&manners, &mut chance);
        let mut taken = Vec::new();
        let people = [chance.name(&mut taken), chance.name(&mut taken)];
        let (somebody, place) = (chance.name(&mut taken), *chance.pick(pool(NameKind::Place)));
        let mut ground = Ground { somebody, place, knows_somebody: false, knows_place: false };
        let facts: Vec<&str> = match chance.below(10) {
            0..5 => Vec::new(),
            5..8 => vec![*chance.pick(&lists.facts)],
            _ => vec![*chance.pick(&lists.facts), *chance.pick(&lists.facts)],
        };
        let count = match form {
            Form::Both => 1,
            _ => 1 + chance.below(3),
        };
        let mut kinds: Vec<&Kind> = lists.kinds.iter().collect();
        let prompts: Vec<(&Kind, &str)> = (0..count)
            .map(|_| {
                let kind = kinds.swap_remove(chance.below(kinds.len()));
                (kind, *chance.pick(&kind.prompts))
            })
            .collect();
        let told = || facts.iter().chain(prompts.iter().map(|(_, prompt)| prompt));
        ground.knows_somebody = told().any(|text| text.contains("{o}"));
        ground.knows_place = told().any(|text| text.contains("{p}"));
        let facts = facts.iter().map(|fact| ground.fill(fact, &mut chance)).collect();
        let prompts = prompts.iter().map(|(kind, prompt)| (*kind, ground.fill(prompt, &mut chance))).collect();
        let setting = lists.setting(world, &mut chance);
        let mood = (chance.below(5) == 0).then(|| chance.below(lists.moods.len()));
        let anybody = *chance.pick(pool(NameKind::Person));
        Self {
            form,
            ground,
            setting,
            facts,
            people,
            anybody,
            prompts,
            mood,
            trades: [first, second],
            manners: [manners, others],
        }
    }

    fn voice(&self, trade: usize, manners: usize, who: usize, chance: &mut Chance) -> Voice {
        let trade = self.trades[trade];
        let manners = self.manners[manners].clone();
        let feminine = chance.below(2) == 0;
        let name_kind = match kind_of(self.people[who]) {
            NameKind::Person if feminine => NameKind::Woman,
            NameKind::Person => NameKind::Man,
            kind => kind,
        };
        Voice { trade, manners, name_kind }
    }

    /// A line of a real scene. Who says it has a name that fits everybody.
    fn told(&self, told: &Told) -> Script {
        let who = self.anybody.to_owned();
        let mut turns: Vec<Said> = told.heard.iter().map(|heard| (YOU.to_owned(), heard.clone())).collect();
        turns.push((who.clone(), told.line.clone()));
        Script {
            world: "voices".to_owned(),
            setting: self.setting.clone(),
            names: std::iter::once((who.clone(), NameKind::Person)).collect(),
            mood: told.mood.iter().map(|mood| (who.clone(), mood.clone())).collect(),
            speakers: std::iter::once((who, told.voice.clone())).collect(),
            body: Body::Talk { turns },
            ..Script::default()
        }
    }

    /// The head of a drill.
    fn script(&self, voices: &[Voice], chance: &mut Chance) -> Script {
        let lists = lists::lists();
        let people = self.people.iter().zip(voices);
        let speakers: Vec<(String, String)> =
            people.map(|(who, voice)| ((*who).to_owned(), voice.text(chance))).collect();
        let mut names: Vec<(String, NameKind)> = speakers.iter().map(|(who, _)| (who.clone(), kind_of(who))).collect();
        if self.ground.knows_somebody {
            names.push((self.ground.somebody.to_owned(), kind_of(self.ground.somebody)));
        }
        if self.ground.knows_place {
            names.push((self.ground.place.to_owned(), NameKind::Place));
        }
        let mood = self.mood.map(|mood| (self.people[0].to_owned(), lists.moods[mood].0.to_owned()));
        Script {
            world: "voices".to_owned(),
            setting: self.setting.clone(),
            facts: self.facts.clone(),
            names: names.into_iter().collect(),
            speakers: speakers.into_iter().collect(),
            mood: mood.into_iter().collect(),
            ..Script::default()
        }
    }
}

/// What a name belongs to.
fn kind_of(name: &str) -> NameKind {
    let kinds = [NameKind::Man, NameKind::Woman];
    kinds.into_iter().find(|kind| pool(*kind).contains(&name)).unwrap_or(NameKind::Person)
}
