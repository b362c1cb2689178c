//! What is said: what is read of it and when, and what has become of every line.
//!
//! ```text
//! opener (Speak) --> conversation of the plugin: who is next, what they heard --TurnStarted--> Voice::coming
//! GeneratedChunk, Generated  --> Voice::coming --floor--> Voice::bubble --read--> gone
//! ```
//! While one line is being read the next is already asked for ([`NextTurn`]): it knows the last one, because that is
//! complete. Who speaks next, and for how long, is for the plugin; when a line is read is for this file.

use bevy::prelude::*;
use bevy_raconteur::prelude::*;

use crate::cast::{SETTING, Topic, Villager};
use bevy_raconteur::core::conversation::Rules;

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

/// The talk of one circle. The conversation itself is a component of [`Circle::talk`](crate::circle::Circle).
#[derive(Default)]
pub struct Floor {
    /// What was said last: by whom, and the words.
    pub last: Option<(Entity, String)>,
    /// Whose line is being read.
    speaking: Option<Entity>,
    /// Whose line is read after that.
    next: Option<Entity>,
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

/// What the writer gave somebody to say when the model does not: answers to what they can be asked, and remarks.
pub fn lines(villager: &'static Villager) -> Conversant {
    let manner = Conversant::default();
    let manner = villager.remarks.iter().fold(manner, |manner, remark| manner.saying(*remark));
    villager.topics.iter().fold(manner, |manner, topic| manner.answering([topic.question], topic.answer))
}

/// [`Pace::Calm`]: who stands in a circle takes part in its conversation; when there is none, somebody begins one.
pub fn keep_company(
    time: Res<Time>,
    pace: Res<Pace>,
    mut circles: ResMut<Circles>,
    mut dice: ResMut<Dice>,
    people: Query<(Entity, &Trade, &Company, &Feet, Has<Earshot>, Option<&InConversation>)>,
    mut talks: Query<&mut Conversation>,
    mut commands: Commands,
) {
    if *pace != Pace::Calm {
        return;
    }
    let now = time.elapsed_secs();
    for (index, circle) in circles.0.iter_mut().enumerate() {
        let (place, mut here, mut heard) = (circle.talk, Vec::new(), false);
        for (npc, trade, company, feet, near, within) in &people {
            let stands = company.circle == index && feet.arrived();
            match within {
                Some(within) if within.0 == place && !stands => {
                    commands.entity(npc).remove::<InConversation>();
                }
                None if stands && talks.contains(place) => {
                    commands.entity(npc).insert(InConversation(place));
                }
                _ => {}
            }
            if stands {
                here.push((npc, trade.0));
                heard |= near;
            }
        }
        if let Ok(mut talk) = talks.get_mut(place) {
            if talk.priority != priority(heard) {
                talk.priority = priority(heard);
            }
        } else if here.len() > 1 && circle.floor.is_free(now) {
            open_topic(place, &here, priority(heard), &mut dice, &mut commands);
        }
    }
}

/// Somebody asks one of the others what these know: a writer's line, as every topic begins with one.
fn open_topic(
    place: Entity,
    here: &[(Entity, &'static Villager)],
    priority: Priority,
    dice: &mut Dice,
    commands: &mut Commands,
) {
    let asker = dice.below(here.len());
    let (other, villager) = here[(asker + 1 + dice.below(here.len() - 1)) % here.len()];
    let question = villager.topics[dice.below(2)].question;
    let rules = Rules { turns: 1 + dice.between(FOLLOW) as u32, silences: 1, ..Rules::default() };
    let talk = Conversation::new(SETTING).with_rules(rules, u64::from(dice.share().to_bits()));
    let mut talk = talk.paced(TurnPace::Game);
    talk.priority = priority;
    commands.entity(place).insert(talk);
    for (npc, _) in here {
        commands.entity(*npc).insert(InConversation(place));
    }
    let asker = here[asker].0;
    commands.queue(move |world: &mut World| {
        let name = world.get::<Persona>(other).map(|persona| persona.who.name.clone()).unwrap_or_default();
        let mut letters = question.chars();
        let first = letters.next().map(|first| first.to_lowercase().to_string()).unwrap_or_default();
        world.trigger(Speak::new(asker, format!("{name}, {first}{}", letters.as_str())));
    });
}

impl Floor {
    /// Whether all has been read, and it has been quiet for a while.
    fn is_free(&self, now: f32) -> bool {
        self.speaking.is_none() && self.next.is_none() && now > self.quiet_until
    }
}

/// Somebody has been asked for their turn.
pub fn begin_turn(turn: On<TurnStarted>, mut voices: Query<(&mut Voice, &Company)>, mut circles: ResMut<Circles>) {
    let Ok((mut voice, company)) = voices.get_mut(turn.entity) else { return };
    voice.coming = Some(Speech::asked(false));
    if let Some(circle) = circles.0.get_mut(company.circle) {
        circle.floor.next = Some(turn.entity);
    }
}

/// Somebody has opened a topic.
pub fn begin_topic(
    turn: On<TurnSpoken>,
    mut voices: Query<(&mut Voice, &Company)>,
    mut circles: ResMut<Circles>,
    mut tally: ResMut<Tally>,
) {
    let Ok((mut voice, company)) = voices.get_mut(turn.entity) else { return };
    if turn.turn == 1 && voice.coming.is_none() && turn.source == Source::Authored(Why::Written) {
        voice.coming = Some(Speech::authored(&turn.text));
        tally.said(&turn.source);
        if let Some(circle) = circles.0.get_mut(company.circle) {
            circle.floor.last = Some((turn.entity, turn.text.clone()));
            circle.floor.next = Some(turn.entity);
        }
    }
}

/// A topic has been talked out.
pub fn end_topic(end: On<ConversationEnded>, time: Res<Time>, mut circles: ResMut<Circles>, mut dice: ResMut<Dice>) {
    if let Some(circle) = circles.0.iter_mut().find(|circle| circle.talk == end.entity) {
        circle.floor.quiet_until = time.elapsed_secs() + dice.between(SILENCE);
    }
}

/// [`Pace::Calm`]: one after the other is read, in every circle, and the next turn is asked for meanwhile.
pub fn give_floor(
    time: Res<Time>,
    pace: Res<Pace>,
    mut circles: ResMut<Circles>,
    mut voices: Query<&mut Voice>,
    mut commands: Commands,
) {
    if *pace != Pace::Calm {
        return;
    }
    let now = time.elapsed_secs();
    for circle in &mut circles.0 {
        let floor = &mut circle.floor;
        // Who went away, or was interrupted by the player, has lost the floor.
        floor.next = floor.next.filter(|next| voices.get(*next).is_ok_and(|voice| voice.coming.is_some()));
        floor.speaking = floor.speaking.filter(|speaker| {
            let read = |voice: &Voice| match (&voice.bubble, &voice.coming) {
                (_, Some(coming)) if coming.floor => false,
                (Some(bubble), _) => bubble.read_at.is_some_and(|read| now > read + PAUSE),
                (None, _) => true,
            };
            !voices.get(*speaker).is_ok_and(read)
        });
        if floor.speaking.is_none()
            && let Some(next) = floor.next.take()
            && let Ok(mut voice) = voices.get_mut(next)
            && let Some(coming) = &mut voice.coming
        {
            coming.floor = true;
            floor.speaking = Some(next);
        }
        if floor.next.is_none() {
            commands.trigger(NextTurn { entity: circle.talk });
        }
    }
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
        let last = circles.0[company.circle].floor.last.as_ref().filter(|(who, _)| *who != npc);
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
        circle.floor.last = Some((line.entity, line.text.clone()));
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
