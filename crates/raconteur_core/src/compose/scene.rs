//! The scene of a line: what its speaker knows, what was said before, and who is there.

use super::{Brief, Composer, Spoken};
use crate::facts;
use crate::persona::Persona;
use crate::request::Turn;
use crate::runner::{Host, PLAYER, Position, Runner};
use crate::story::format::Character;
use crate::template::{Scene, Slot, Template};

impl Composer {
    pub(super) fn scene(
        &self,
        runner: &Runner,
        line: Spoken<'_>,
        template: &Template,
        brief: &Brief<'_>,
        heard: Option<(&str, &str)>,
        host: &dyn Host,
    ) -> Scene {
        let beat = self.beat_of(runner, line.id);
        let mut turns = self.turns_before(runner, line, host);
        self.forget_other_talks(runner, line, &mut turns);
        // What is heard is the last turn of somebody else; it is not told twice.
        let last = match turns.last() {
            Some(turn) if turn.who != line.who && !self.name_of(&turn.who).is_empty() => Some(turn.clone()),
            _ => None,
        };
        let (listener, heard) = match (heard, last) {
            (Some((who, text)), last) => {
                if last.is_some_and(|turn| turn.who == who && turn.text == text) {
                    turns.pop();
                }
                (who.to_owned(), text.to_owned())
            }
            (None, Some(turn)) if template.has(Slot::Heard) => {
                turns.pop();
                (turn.who, turn.text)
            }
            _ => (PLAYER.to_owned(), String::new()),
        };
        let said: Vec<&str> = turns.iter().rev().take(2).map(|turn| turn.text.as_str()).collect();
        let mut cues = vec![heard.as_str(), brief.goal, line.say];
        cues.extend(said);
        let known = facts::known(&self.story, line.who, beat, &runner.environment(host));
        let ids: Vec<&str> = match brief.from {
            Some(from) => known.into_iter().filter(|id| from.iter().any(|other| other == id)).collect(),
            None => known,
        };
        let lore = if let (true, Some(from)) = (brief.ordered, brief.from) {
            from.iter().filter(|id| ids.contains(&id.as_str())).filter_map(|id| self.story.lore.get(id)).collect()
        } else if brief.reword.is_empty() {
            // What was just said counts first: a question about the river is not answered with the heavier bell of the
            // talk before it.
            let mut lore = facts::called(&self.story, &ids, &[&heard]);
            for other in facts::retrieve(&self.story, &ids, &cues) {
                if !lore.iter().any(|fact| std::ptr::eq(*fact, other)) {
                    lore.push(other);
                }
            }
            lore
        } else {
            // A rewording keeps to what its line is about: other facts lead the model away from it. With a fact about
            // a bell in the prompt, the model in the box never said the "stair" of the line.
            facts::called(&self.story, &ids, &[brief.reword])
        };
        let character = self.story.cast.get(line.who);
        Scene {
            setting: facts::setting(&self.story, beat).to_owned(),
            lore: lore.into_iter().map(|lore| lore.says.clone()).collect(),
            personas: character.map(|character| self.persona(character, brief.tone)).into_iter().collect(),
            history: turns.iter().map(|turn| (self.name_of(&turn.who), turn.text.clone())).collect(),
            listener: self.label_of(&listener),
            speaker: self.name_of(line.who),
            say: line.say.to_owned(),
            goal: brief.goal.to_owned(),
            heard,
            more: Vec::new(),
        }
    }

    /// Somebody of the cast, with the voice of their group when they have none of their own.
    pub(super) fn persona(&self, character: &Character, tone: &str) -> Persona {
        let adapter = self.story.adapter_of(character).map(str::to_owned);
        Persona { adapter, ..Persona::of_character(character, tone) }
    }

    /// What has been said before a line, as far as it is known now.
    fn turns_before(&self, runner: &Runner, line: Spoken<'_>, host: &dyn Host) -> Vec<Turn> {
        let state = runner.state();
        let mut turns = state.history.clone();
        let Some(beat) = self.beat_of.get(line.id) else { return turns };
        let Some(body) = self.story.beats.get(beat) else { return turns };
        let Some(place) = body.lines.iter().position(|other| other.id == line.id) else { return turns };
        let from = match &state.position {
            Position::Line { index, spoken, .. } if state.beat == *beat => index + usize::from(*spoken),
            _ if state.beat == *beat => place,
            _ => 0,
        };
        let env = runner.environment(host);
        for before in body.lines.iter().take(place).skip(from) {
            let told = before.once && state.seen.contains(&before.id);
            if !told && before.when.as_ref().is_none_or(|when| when.holds(&env).unwrap_or(false)) {
                turns.push(Turn { who: before.who.clone(), text: before.say.clone() });
            }
        }
        turns
    }

    /// Drops everything up to the last turn of somebody who is not here: it was another talk, of which the speaker has
    /// heard nothing. Here are the speaker, the player, and whoever speaks in the beat.
    fn forget_other_talks(&self, runner: &Runner, line: Spoken<'_>, turns: &mut Vec<Turn>) {
        let beat = self.beat_of(runner, line.id);
        let lines = self.story.beats.get(beat).map(|beat| beat.lines.as_slice()).unwrap_or_default();
        let is_here = |who: &str| {
            who == line.who || who == PLAYER || self.name_of(who).is_empty() || lines.iter().any(|l| l.who == who)
        };
        if let Some(elsewhere) = turns.iter().rposition(|turn| !is_here(&turn.who)) {
            turns.drain(..=elsewhere);
        }
    }
}
