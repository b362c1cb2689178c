//! What is said: who has the floor in a circle, who is asked for a line ahead, and what has become of every line.
//!
//! ```text
//! opener (authored) --heard by--> answer --heard by--> reaction ..   asked of the plugin with `Generate`
//! GeneratedChunk, Generated  --> Voice::coming --floor--> Voice::bubble --read--> gone
//! ```
//! While one line is being read the next is already asked for: it knows the last one, because that is complete.

use bevy::prelude::*;
use bevy_raconteur::prelude::*;

use crate::cast::{SETTING, Topic, Villager};
use crate::circle::{Circles, Company, Dice};
use crate::player::{Earshot, Player};
use crate::speech::Speech;
use crate::tally::Tally;
use crate::walk::Feet;

/// Lines that follow an opener, at least and at most.
const FOLLOW: (f32, f32) = (3.0, 5.99);
/// Seconds between one line that has been read and the next.
const PAUSE: f32 = 0.5;
/// Seconds between two topics.
const SILENCE: (f32, f32) = (0.8, 3.0);
/// At full tilt: seconds that a line stands before the next one of the same person takes its place.
const STAND: f32 = 0.25;

/// How much is said.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Pace {
    /// One speaks and the others listen, at the speed of reading.
    #[default]
    Calm,
    /// Everybody speaks all the time: as much work for the model as so many people can make.
    Eager,
}

/// A villager's mouth.
#[derive(Component, Default)]
pub struct Voice {
    /// What can be read over their head.
    pub bubble: Option<Speech>,
    /// What they will say next: asked for, perhaps come.
    pub coming: Option<Speech>,
    /// What the player wants to know of them, until they are asked.
    pub question: Option<&'static Topic>,
    /// How many authored remarks they have used.
    used: usize,
}

impl Voice {
    /// Whether they have something to say, or say it.
    pub fn busy(&self) -> bool {
        self.coming.is_some() || self.bubble.is_some() || self.question.is_some()
    }

    /// The line that is being written, if any: an NPC has one request at a time.
    fn open(&mut self) -> Option<&mut Speech> {
        [&mut self.coming, &mut self.bubble].into_iter().flatten().find(|speech| speech.source.is_none())
    }

    /// Whether a request is under way.
    fn waits(&self) -> bool {
        [&self.coming, &self.bubble].into_iter().flatten().any(|speech| speech.source.is_none())
    }
}

/// Which villager somebody is, and their number in the order of coming.
#[derive(Component, Clone, Copy)]
pub struct Trade(pub &'static Villager, pub usize);

/// The talk of one circle.
#[derive(Default)]
pub struct Conversation {
    /// What was said last: by whom, and the words.
    pub last: Option<(Entity, String)>,
    /// Who has the floor.
    speaking: Option<Entity>,
    /// Who has been asked for the line after that.
    next: Option<Entity>,
    /// Who was asked something by the opener, until they answer.
    asked: Option<(Entity, usize)>,
    /// Lines that are left of this topic.
    left: u32,
    /// Until when nobody speaks, in seconds since the start.
    quiet_until: f32,
}

type Person<'a> = (Entity, &'a mut Voice, &'a Trade, &'a Company, &'a Feet, Has<Earshot>);

/// What a villager is to say now, from somebody's words or from nothing.
struct Cue {
    heard: Option<String>,
    fallback: &'static str,
    priority: Priority,
}

/// Asks the plugin for a line. The floor is given at once or later.
fn ask(npc: Entity, voice: &mut Voice, cue: Cue, floor: bool, commands: &mut Commands) {
    let mut speech = Speech::asked(cue.priority == Priority::Addressed);
    speech.floor = floor;
    voice.coming = Some(speech);
    commands.trigger(Generate {
        setting: SETTING.to_owned(),
        heard: cue.heard,
        priority: cue.priority,
        ..Generate::new(npc, cue.fallback)
    });
}

/// The next authored remark of somebody.
fn remark(voice: &mut Voice, villager: &'static Villager) -> &'static str {
    voice.used += 1;
    villager.remarks[voice.used % villager.remarks.len()]
}

fn priority(near: bool) -> Priority {
    if near { Priority::OnScreen } else { Priority::Ambient }
}

/// [`Pace::Calm`]: one after the other, in every circle.
pub fn take_turns(
    time: Res<Time>,
    pace: Res<Pace>,
    mut circles: ResMut<Circles>,
    mut dice: ResMut<Dice>,
    mut people: Query<Person>,
    mut tally: ResMut<Tally>,
    mut commands: Commands,
) {
    if *pace != Pace::Calm {
        return;
    }
    let now = time.elapsed_secs();
    for (index, circle) in circles.0.iter_mut().enumerate() {
        let talk = &mut circle.talk;
        let here: Vec<Entity> = people
            .iter()
            .filter(|(_, _, _, company, feet, _)| company.circle == index && feet.arrived())
            .map(|person| person.0)
            .collect();
        // Who went away, or was interrupted by the player, has lost the floor.
        talk.next = talk.next.filter(|next| people.get(*next).is_ok_and(|person| person.1.coming.is_some()));
        if let Some(speaker) = talk.speaking {
            let over = people.get(speaker).is_ok_and(|(_, voice, ..)| match (&voice.bubble, &voice.coming) {
                (_, Some(coming)) if coming.floor => false,
                (Some(bubble), _) => bubble.read_at.is_some_and(|read| now > read + PAUSE),
                (None, _) => true,
            });
            if over {
                talk.speaking = None;
                if talk.left == 0 {
                    talk.quiet_until = now + dice.between(SILENCE);
                }
            }
        }
        let complete = talk.speaking.is_none_or(|speaker| people.get(speaker).is_ok_and(|p| !p.1.waits()));
        if talk.next.is_none() && here.len() > 1 && complete && (talk.left > 0 || talk.speaking.is_none()) {
            let spoke = talk.last.as_ref().map(|last| last.0);
            let others: Vec<Entity> = here
                .iter()
                .copied()
                .filter(|npc| Some(*npc) != spoke && people.get(*npc).is_ok_and(|person| person.1.coming.is_none()))
                .collect();
            if talk.left == 0 {
                if now > talk.quiet_until {
                    open_topic(talk, &here, &mut people, &mut dice, &mut tally);
                }
            } else if let Some(&npc) = others.get(dice.below(others.len())) {
                let answers = talk.asked.take().filter(|(npc, _)| others.contains(npc));
                let npc = answers.map_or(npc, |(npc, _)| npc);
                if let Ok((_, mut voice, trade, _, _, near)) = people.get_mut(npc) {
                    let fallback = match answers {
                        Some((_, topic)) => trade.0.topics[topic].answer,
                        None => remark(&mut voice, trade.0),
                    };
                    let heard = talk.last.as_ref().map(|last| last.1.clone());
                    let cue = Cue { heard, fallback, priority: priority(near) };
                    ask(npc, &mut voice, cue, false, &mut commands);
                    talk.next = Some(npc);
                    talk.left -= 1;
                }
            }
        }
        if talk.speaking.is_none()
            && let Some(next) = talk.next.take()
            && let Ok((_, mut voice, ..)) = people.get_mut(next)
            && let Some(coming) = &mut voice.coming
        {
            coming.floor = true;
            talk.speaking = Some(next);
        }
    }
}

/// Somebody asks one of the others what these know: a writer's line, as every topic begins with one.
fn open_topic(
    talk: &mut Conversation,
    here: &[Entity],
    people: &mut Query<Person>,
    dice: &mut Dice,
    tally: &mut Tally,
) {
    let asker = dice.below(here.len());
    let other = (asker + 1 + dice.below(here.len() - 1)) % here.len();
    let topic = dice.below(2);
    let Ok(question) = people.get(here[other]).map(|person| person.2.0.topics[topic].question) else { return };
    let Ok((_, mut voice, ..)) = people.get_mut(here[asker]) else { return };
    if voice.coming.is_some() {
        return;
    }
    voice.coming = Some(Speech::authored(question));
    tally.said(&Source::Authored(Why::Written));
    talk.last = Some((here[asker], question.to_owned()));
    talk.asked = Some((here[other], topic));
    talk.left = dice.between(FOLLOW) as u32;
    talk.next = Some(here[asker]);
}

/// [`Pace::Eager`]: everybody, always, about whatever another one in the circle said last.
pub fn talk_at_once(pace: Res<Pace>, circles: Res<Circles>, mut people: Query<Person>, mut commands: Commands) {
    if *pace != Pace::Eager {
        return;
    }
    for (npc, mut voice, trade, company, _, near) in &mut people {
        if voice.waits() || voice.coming.is_some() || voice.question.is_some() {
            continue;
        }
        let last = circles.0[company.circle].talk.last.as_ref().filter(|(who, _)| *who != npc);
        let topic = &trade.0.topics[voice.used % 2];
        let heard = last.map_or_else(|| topic.question.to_owned(), |last| last.1.clone());
        let fallback = remark(&mut voice, trade.0);
        let cue = Cue { heard: Some(heard), fallback, priority: priority(near) };
        ask(npc, &mut voice, cue, true, &mut commands);
    }
}

/// The player's question goes before everything else that its hearer was about to say.
pub fn answer_player(mut voices: Query<(Entity, &mut Voice, Has<Speaking>), Without<Player>>, mut commands: Commands) {
    for (npc, mut voice, speaking) in &mut voices {
        if voice.question.is_none() {
            continue;
        }
        if voice.waits() {
            // Taking the component away cancels what is being written; its end is told in a frame or two.
            if speaking {
                commands.entity(npc).remove::<Speaking>();
            }
        } else if let Some(topic) = voice.question.take() {
            voice.bubble = None;
            let cue =
                Cue { heard: Some(topic.question.to_owned()), fallback: topic.answer, priority: Priority::Addressed };
            ask(npc, &mut voice, cue, true, &mut commands);
        }
    }
}

/// More words of somebody.
pub fn hear_chunk(chunk: On<GeneratedChunk>, mut voices: Query<&mut Voice>, mut tally: ResMut<Tally>) {
    let Ok(mut voice) = voices.get_mut(chunk.entity) else { return };
    let Some(speech) = voice.open() else { return };
    if speech.told.is_empty() {
        let waited = speech.asked_at.map_or(0.0, |asked| asked.elapsed().as_secs_f32());
        tally.first_words(speech.urgent, waited);
    }
    speech.told.push_str(&chunk.text);
}

/// A line is over: it is what the others in the circle have heard.
pub fn hear_end(
    line: On<Generated>,
    mut voices: Query<(&mut Voice, &Company)>,
    mut circles: ResMut<Circles>,
    mut tally: ResMut<Tally>,
) {
    let Ok((mut voice, company)) = voices.get_mut(line.entity) else { return };
    if line.reason == Source::Cancelled {
        // What could be read of it stays; nobody answers it.
        voice.coming = voice.coming.take().filter(|speech| speech.source.is_some());
        if let Some(speech) = voice.open() {
            speech.source = Some(Source::Cancelled);
        }
        return;
    }
    let Some(speech) = voice.open() else { return };
    speech.source = Some(line.reason.clone());
    speech.told.clone_from(&line.text);
    tally.said(&line.reason);
    if let Some(circle) = circles.0.get_mut(company.circle) {
        circle.talk.last = Some((line.entity, line.text.clone()));
    }
}

/// Lets what has come be read: the typewriter, then a while to read, then it fades.
pub fn say(time: Res<Time>, pace: Res<Pace>, mut voices: Query<&mut Voice>) {
    let (now, dt) = (time.elapsed_secs(), crate::walk::step_of(&time));
    for mut voice in &mut voices {
        let voice = &mut *voice;
        // At full tilt the next line is asked for while this one appears, and waits for it.
        let unread = |bubble: &Speech| bubble.read_at.is_none_or(|read| now < read + STAND);
        let wait = *pace == Pace::Eager && voice.bubble.as_ref().is_some_and(unread);
        let due = |coming: &mut Speech| coming.floor && !coming.told.is_empty() && (!wait || coming.urgent);
        if let Some(coming) = voice.coming.take_if(due) {
            voice.bubble = Some(coming);
        }
        if let Some(bubble) = &mut voice.bubble {
            bubble.type_out(now, dt, *pace == Pace::Eager);
        }
        voice.bubble.take_if(|bubble| bubble.gone(now));
    }
}
