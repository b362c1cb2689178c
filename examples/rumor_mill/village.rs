//! The village as a Bevy app without a window: people who walk, meet and tell, an hour of the day in each tick.

use std::sync::{Arc, Mutex};

use bevy::prelude::*;
use bevy_raconteur::core::crier::CrierBook;
use bevy_raconteur::core::judge::{distance, words};
use bevy_raconteur::core::rumors::{Book, RumorSettings};
use bevy_raconteur::prelude::*;
use bevy_raconteur::rumor::RumorBook;
use bevy_raconteur::test_app::HeadlessPlugins;

use crate::folk::{FOLK, PLACES, name, stands};

/// Hours of a day; the rest is night.
pub const HOURS: u64 = 12;

/// What has been seen of the village.
#[derive(Default)]
pub struct Record {
    /// By hop: tellings, sum of how far they strayed, and how many kept their words.
    pub hops: Vec<(u32, f64, u32)>,
    /// Tellings that were overheard, in words.
    pub overheard: Vec<Overheard>,
    /// What was cried, how it came to be, and how many heard it for the first time.
    pub cried: Vec<(String, bool, usize)>,
    /// Letters that arrived: to whom, and what.
    pub letters: Vec<(String, String)>,
    /// How often somebody began to believe the first tale, and stopped.
    pub turns: (u32, u32),
    /// Answers to "who told you?".
    pub answers: Vec<String>,
    /// What went wrong.
    pub problems: Vec<String>,
}

/// A telling that was overheard.
pub struct Overheard {
    /// Who told it.
    pub teller: String,
    /// Tellings since the origin.
    pub hop: u32,
    /// How far the simulated telling has strayed from the truth.
    pub strayed: f32,
    /// How far the words that were shown are from the authored wording of the telling.
    pub voiced: f32,
    /// Whether all kept words stand in what was shown.
    pub kept: bool,
    /// What was shown.
    pub text: String,
    /// Where it came from.
    pub source: String,
}

/// Shared by the app and whoever looks at it.
#[derive(Resource, Clone, Default)]
pub struct Seen(pub Arc<Mutex<Record>>);

impl Seen {
    /// Does something with the record.
    pub fn with<T>(&self, act: impl FnOnce(&mut Record) -> T) -> T {
        // A panic elsewhere leaves a record that can be read.
        act(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

/// The village, to be moved hour by hour.
pub struct Village {
    /// The app.
    pub app: App,
    /// What has been seen.
    pub seen: Seen,
    /// Entities of the people, in the order of [`FOLK`].
    pub people: Vec<Entity>,
    places: Vec<Entity>,
    seed: u64,
    hour: u64,
}

impl Village {
    /// A village before its first hour.
    ///
    /// # Errors
    /// What is wrong with the files of tales and news.
    pub fn new(model: ModelSource, seed: u64) -> Result<Self, String> {
        let read = |path: &str| std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"));
        let tales = read("assets/rumors/harrow_ford.rumors.ron")?;
        let tales = Book::from_ron(&tales).map_err(|error| format!("harrow_ford.rumors.ron:{error}"))?;
        let news = read("assets/rumors/harrow_ford.crier.ron")?;
        let news = CrierBook::from_ron(&news).map_err(|error| format!("harrow_ford.crier.ron:{error}"))?;

        let mut app = App::new();
        app.add_plugins(HeadlessPlugins).add_plugins(NarrativePlugins::new(model));
        let seen = Seen::default();
        app.insert_resource(seen.clone()).insert_resource(RumorClock::by_turns(MeetBy::Place));
        app.insert_resource(RumorMill::new(seed, RumorSettings { sociable: 0.5, ..RumorSettings::default() }));
        app.insert_resource(TownCrier::new(news).map_err(|error| error.to_string())?);
        // A scripted run is the same on a slow and on a fast machine.
        app.world_mut().resource_mut::<NarrativeSettings>().deadlines = false;
        app.world_mut().resource_mut::<RumorVoicing>().at_once = 8;
        let book = app.world_mut().resource_mut::<Assets<RumorBook>>().add(RumorBook(tales));
        app.world_mut().resource_mut::<RumorBooks>().0.push(book);
        watch(&mut app);
        let world = app.world_mut();
        let place = |&(key, setting): &(&str, &str)| {
            world.spawn(TownPlace { key: key.to_owned(), setting: setting.to_owned() }).id()
        };
        let places: Vec<Entity> = PLACES.iter().map(place).collect();
        world.spawn(NoticeBoard::new("chapel board"));
        let mut people = Vec::new();
        for folk in &FOLK {
            let mut known = Acquaintances::default();
            for other in FOLK.iter().filter(|other| other.key != folk.key) {
                if let Some((trust, closeness)) = stands(folk, other) {
                    known = known.with(other.key, trust, closeness);
                }
            }
            let (talkative, credulous, careful) = folk.manners;
            let gossip = Gossip::new(folk.key).like(talkative, credulous, careful);
            people.push(world.spawn((gossip, known, Persona::new(name(folk.key), folk.voice))).id());
        }
        app.finish();
        app.cleanup();
        let mut village = Self { app, seen, people, places, seed, hour: 0 };
        // Assets and people are taken in.
        (0..3).for_each(|_| village.app.update());
        village.wait_for_model();
        Ok(village)
    }

    /// Entity of somebody.
    pub fn of(&self, key: &str) -> Option<Entity> {
        FOLK.iter().position(|folk| folk.key == key).and_then(|at| self.people.get(at)).copied()
    }

    /// Something that the game asks for.
    pub fn ask<'a, E: Event<Trigger<'a>: Default>>(&mut self, event: E) {
        self.app.world_mut().trigger(event);
        self.app.update();
    }

    /// An hour: people walk, those in the inn are overheard, and rumors and news go on.
    pub fn pass_hour(&mut self) {
        let (time, day) = (self.hour % HOURS, self.hour / HOURS);
        for (at, folk) in FOLK.iter().enumerate() {
            let work = PLACES.iter().position(|(key, _)| *key == folk.work).unwrap_or(0);
            // At work, now and then somewhere else, and many at the inn in the evening.
            let drawn = mix(self.seed ^ mix(self.hour * 1000 + at as u64));
            let place = match (time, drawn % 10) {
                (9.., 0..6) => 1,
                (_, 6 | 7) => (drawn >> 8) as usize % PLACES.len(),
                _ if day % 7 == 6 && time < 3 => 3,
                _ => work,
            };
            let Some((&entity, &place)) = self.people.get(at).zip(self.places.get(place)) else { continue };
            let mut entity = self.app.world_mut().entity_mut(entity);
            if entity.get::<AtPlace>() != Some(&AtPlace(place)) {
                entity.insert(AtPlace(place));
            }
            // The player sits in the inn.
            if self.places.get(1) == Some(&place) {
                entity.insert(InEarshot);
            } else {
                entity.remove::<InEarshot>();
            }
        }
        self.app.world_mut().trigger(TickRumors);
        self.app.update();
        self.wait_for_words();
        self.hour += 1;
    }

    /// Frames until nobody waits for words any more.
    fn wait_for_words(&mut self) {
        loop {
            self.app.update();
            let world = self.app.world_mut();
            if world.query::<&Speaking>().iter(world).next().is_none() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }

    fn wait_for_model(&mut self) {
        while matches!(self.app.world().resource::<ModelStatus>(), ModelStatus::Loading { .. }) {
            self.app.update();
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    /// Who is where, by place.
    pub fn whereabouts(&self) -> Vec<(&'static str, Vec<&'static str>)> {
        let at = |entity: &Entity| self.app.world().get::<AtPlace>(*entity).map(|at| at.0);
        let here = |place: Entity| {
            FOLK.iter().zip(&self.people).filter(move |(_, entity)| at(entity) == Some(place)).map(|(folk, _)| folk.key)
        };
        PLACES.iter().zip(&self.places).map(|((key, _), &place)| (*key, here(place).collect())).collect()
    }
}

/// Writes down what happens.
fn watch(app: &mut App) {
    app.add_systems(Last, count_tellings)
        .add_observer(|told: On<TaleOverheard>, mill: Res<RumorMill>, seen: Res<Seen>| {
            let key = mill.person(told.entity).and_then(|who| mill.key(who)).unwrap_or_default();
            let tale = mill.rumors().place(&told.tale).and_then(|tale| mill.rumors().tale(tale));
            let said = words::words(&told.text);
            let heard = Overheard {
                teller: name(key),
                hop: told.hop,
                strayed: told.strayed,
                voiced: distance(&told.authored, &told.text),
                kept: tale.is_some_and(|tale| tale.keep.iter().all(|word| words::contains(&said, word))),
                text: told.text.clone(),
                source: told.source.to_string(),
            };
            seen.with(|seen| seen.overheard.push(heard));
        })
        .add_observer(|cried: On<NewsCried>, seen: Res<Seen>| {
            seen.with(|seen| seen.cried.push((cried.text.clone(), cried.generated, cried.listeners.len())));
        })
        .add_observer(|got: On<LetterArrived>, letters: Query<&Letter>, folk: Query<&Gossip>, seen: Res<Seen>| {
            if let (Ok(letter), Ok(to)) = (letters.get(got.letter), folk.get(got.entity)) {
                seen.with(|seen| seen.letters.push((to.name.clone(), letter.text.clone())));
            }
        })
        .add_observer(|answer: On<WhoToldAnswered>, seen: Res<Seen>| {
            let way: Vec<String> = answer.way.iter().map(|step| name(&step.key)).collect();
            seen.with(|seen| seen.answers.push(format!("\"{}\"  ({})", answer.text, way.join(" <- "))));
        })
        .add_observer(|problem: On<RumorProblem>, seen: Res<Seen>| {
            seen.with(|seen| seen.problems.push(problem.to_string()));
        })
        .add_observer(|problem: On<NewsProblem>, seen: Res<Seen>| {
            seen.with(|seen| seen.problems.push(problem.to_string()));
        });
}

fn count_tellings(
    mut told: MessageReader<TaleTold>,
    mut believed: MessageReader<TaleBelieved>,
    mut corrected: MessageReader<TaleCorrected>,
    mill: Res<RumorMill>,
    seen: Res<Seen>,
) {
    seen.with(|seen| {
        seen.turns.0 += believed.read().filter(|told| &*told.tale == "bell").count() as u32;
        seen.turns.1 += corrected.read().filter(|told| &*told.tale == "bell").count() as u32;
        for told in told.read() {
            let Some((who, tale)) = mill.person(told.teller).zip(mill.rumors().place(&told.tale)) else { continue };
            let hop = told.hop as usize;
            if seen.hops.len() <= hop {
                seen.hops.resize(hop + 1, (0, 0.0, 0));
            }
            let said = words::words(&mill.rumors().words(tale, told.form, who));
            let keep = mill.rumors().tale(tale).map(|tale| tale.keep.clone()).unwrap_or_default();
            let row = &mut seen.hops[hop];
            row.0 += 1;
            row.1 += f64::from(mill.rumors().strayed(tale, told.form));
            row.2 += u32::from(keep.iter().all(|word| words::contains(&said, word)));
        }
    });
}

/// The finisher of `SplitMix64` (Steele, Lea and Flood 2014).
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
