//! Answers: which facts a question is about, and what is said when there are none.
//!
//! ```text
//! facts of `from` that the speaker knows, does not hide, and that hold now
//!   a key of them stands in the question    -> written from those; at worst the best of them is said as it stands
//!   else, scored by the model (Work::Answer) -> written from those that reach the floor; at worst `unsure`
//!   else                                     -> `unsure`
//! ```

use std::cmp::Reverse;

use super::{Brief, Composed, Composer, or_silence};
use crate::facts;
use crate::generate::Priority;
use crate::judge::words;
use crate::player_text::PlayerText;
use crate::prompt::Prompt;
use crate::request::{LineRequest, Why, Work};
use crate::runner::{Host, PLAYER, Runner};
use crate::story::format::{Gen, Line, Lore};
use crate::template::{Scene, Slot};

impl Composer {
    /// An answer to a question, for a line with `gen: Answer`: from those of the facts that the line lists and that its
    /// speaker knows, does not hide, and that hold now, which the question is about. Those are the facts of which a key
    /// stands in it, in whatever form; when there are none, the model's score decides, see [`Work::Answer`].
    ///
    /// What is shown without a model, or when nothing that it writes is taken, is the first of the facts that were called
    /// by a key, as the writer has put it: whoever knows does not say that they do not. Otherwise it is the authored text
    /// of [`unsure`](Self::unsure). That is also the answer ([`Why::Unsure`]) when there is no fact at all, or the
    /// question is empty.
    #[must_use]
    pub fn answer(&self, runner: &Runner, line: &Line, question: &PlayerText, host: &dyn Host) -> Composed {
        let Some(Gen::Answer { prompt, policy, from, must, must_not, quote, floor, .. }) = &line.generate else {
            return Composed::Authored(Why::Written);
        };
        let beat = self.beat_of(runner, &line.id);
        let known = facts::known(&self.story, &line.who, beat, &runner.environment(host));
        let asked = self.asked(&known, from, question.as_str());
        if question.is_empty() || asked.is_empty() {
            return Composed::Authored(Why::Unsure);
        }
        let most = self.templates.get(prompt).map_or(0, |template| template.count(Slot::Lore)).max(1);
        let called: Vec<&Asked<'_>> = asked.iter().filter(|fact| fact.keys > 0).take(most).collect();
        let shown: Vec<&Asked<'_>> = if called.is_empty() { asked.iter().collect() } else { called.clone() };
        let from: Vec<String> = shown.iter().map(|fact| fact.id.to_owned()).collect();
        let brief = Brief {
            must,
            must_not,
            from: Some(&from),
            ordered: true,
            quote: Some(*quote),
            ..Brief::plain(prompt, policy)
        };
        let heard = Some((PLAYER, question.as_str()));
        let composed = self.write(runner, line.into(), &brief, heard, Priority::Addressed, host);
        let Composed::Request(request) = composed else { return composed };

        let mut closed = self.forbidden(runner, line.into(), &brief, host);
        closed.extend(must_not.iter().cloned());
        let may_say = |says: &str| {
            let words = words::words(says);
            let stems = self.world.stemmer.stems(&words);
            !words.is_empty() && !closed.iter().any(|word| self.world.stemmer.contains(&words, &stems, word))
        };
        let said = called.iter().map(|fact| fact.lore.says.as_str()).find(|says| may_say(says));
        let fallback = or_silence(said.unwrap_or_else(|| self.unsure(line)));
        let work = if called.is_empty() {
            let (listener, speaker) = (self.label_of(PLAYER), self.name_of(&line.who));
            let speaker = if speaker.is_empty() { Scene::NARRATOR } else { &speaker };
            let text = Prompt::text(format!("{listener}: {question}\n{speaker}:"));
            Work::Answer {
                facts: shown.iter().map(|fact| one_line(&fact.lore.says)).collect(),
                question: Prompt { start_of_text: self.templates.start_of_text, ..text },
                null: format!("{speaker}:"),
                floor: *floor,
                most,
                then: Box::new(request.work),
            }
        } else {
            request.work
        };
        Composed::Request(LineRequest { work, fallback, ..request })
    }

    /// What a line with `gen: Answer` says when there is no answer: the authored text of the line that it names as
    /// `unsure`. For any other line its own authored text.
    #[must_use]
    pub fn unsure<'a>(&'a self, line: &'a Line) -> &'a str {
        let Some(Gen::Answer { unsure, .. }) = &line.generate else { return &line.say };
        let lines = self.story.beats.iter().flat_map(|(_, beat)| &beat.lines).map(|line| (&line.id, &line.say));
        let storylets = self.story.storylets.iter().map(|storylet| (&storylet.id, &storylet.say));
        let found = lines.chain(storylets).find(|(id, say)| *id == unsure && !say.trim().is_empty());
        found.map_or(line.say.as_str(), |(_, say)| say)
    }

    /// The facts of `from` that are known, those with the most keys in the question first, of equals the heavier, of
    /// those the first of the story.
    pub(super) fn asked<'a>(&'a self, known: &[&'a str], from: &[String], question: &str) -> Vec<Asked<'a>> {
        let words = words::words(question);
        let stems = self.world.stemmer.stems(&words);
        let listed = known.iter().filter(|id| from.iter().any(|other| other == *id));
        let mut asked: Vec<Asked<'_>> = listed
            .filter_map(|&id| {
                let lore = self.story.lore.get(id).filter(|lore| !lore.says.trim().is_empty())?;
                let keys = lore.keys.iter().filter(|key| self.world.stemmer.contains(&words, &stems, key)).count();
                Some(Asked { id, lore, keys })
            })
            .collect();
        asked.sort_by_key(|fact| (Reverse(fact.keys), Reverse(fact.lore.weight), self.story.lore.position(fact.id)));
        asked
    }
}

/// A fact that a question may be about.
pub(super) struct Asked<'a> {
    pub(super) id: &'a str,
    lore: &'a Lore,
    /// How many of its keys stand in the question.
    keys: usize,
}

/// A fact as prompts show it.
fn one_line(says: &str) -> String {
    says.split_whitespace().collect::<Vec<_>>().join(" ")
}
