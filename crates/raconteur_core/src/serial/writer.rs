//! Telling a serial passage by passage.

use std::sync::Arc;

use super::brief::{self, MOST_RECAP, MOST_TOLD, SerialBrief};
use super::chapter::{By, Chapter, Paragraph, Recorded, Told};
use super::fill::{Bound, fill};
use super::format::{Opening, Scene, Tell};
use super::plan::{Plan, PlanError, PlannedScene};
use crate::compose::{SerialGround, seed_of};
use crate::judge::words;
use crate::request::{Finished, Source, Why};

/// A passage of a serial that is planned: with all its holes filled and all its picks made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// The scene, how often that has come, and the place in it. The same in every serial with this plan.
    pub id: String,
    /// Number of the chapter, from 1.
    pub chapter: usize,
    /// Place of its scene among all.
    pub(super) scene: usize,
    /// It begins a paragraph.
    pub(super) begins: bool,
    /// What is told when no model writes it.
    pub text: String,
    /// What a model that writes it keeps to; `None` where none may.
    pub(super) free: Option<Free>,
}

impl Passage {
    /// Whether a model may write it.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.free.is_some()
    }
}

/// What a model keeps to in a free passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Free {
    pub(super) must: Vec<Vec<String>>,
    pub(super) must_not: Vec<String>,
    pub(super) sentences: usize,
}

/// A scene with its texts filled.
#[derive(Debug, Clone)]
pub(super) struct Staged {
    pub(super) chapter: usize,
    pub(super) planned: PlannedScene,
    title: String,
    goal: String,
    happens: String,
    /// Texts that its writer wrote for it.
    pub(super) own: Vec<String>,
    /// Place behind its last passage.
    end: usize,
}

/// A serial while it is told. It knows no model and no clock: whoever drives it asks what is due, has it written or not,
/// and tells it.
#[derive(Debug, Clone)]
pub struct SerialWriter {
    pub(super) opening: Arc<Opening>,
    ground: Arc<SerialGround>,
    pub(super) plan: Plan,
    pub(super) scenes: Vec<Staged>,
    pub(super) passages: Vec<Passage>,
    pub(super) told: Vec<Told>,
}

impl SerialWriter {
    /// A serial at its beginning.
    ///
    /// # Errors
    /// [`PlanError`], above all for a number of chapters that there is no material for.
    pub fn new(opening: Arc<Opening>, seed: u64, chapters: Option<usize>) -> Result<Self, PlanError> {
        let plan = Plan::new(&opening, seed, chapters)?;
        Ok(Self::with_plan(opening, plan))
    }

    /// A serial with a plan of this opening. Scenes that the opening does not have are left out.
    pub(super) fn with_plan(opening: Arc<Opening>, plan: Plan) -> Self {
        let ground = Arc::new(SerialGround::new(&opening));
        let mut writer = Self { opening, ground, plan, scenes: Vec::new(), passages: Vec::new(), told: Vec::new() };
        writer.stage();
        writer
    }

    fn stage(&mut self) {
        let plan = self.plan.clone();
        for (chapter, planned) in plan.scenes() {
            let opening = self.opening.clone();
            let Some(scene) = scene_of(&opening, &planned.id) else { continue };
            let bound = [plan.bound.as_slice(), planned.bound.as_slice()];
            let text = |text: &str| filled(&opening, text, &bound);
            let times = self.scenes.iter().filter(|staged| staged.planned.id == planned.id).count();
            let at = self.scenes.len();
            let mut begins = true;
            for (place, tell) in scene.tell.iter().enumerate() {
                let id = format!("{}#{times}.{place}", planned.id);
                let pick = |texts: &[&str]| -> String {
                    let count = texts.len().max(1) as u64;
                    let drawn = usize::try_from(seed_of(plan.seed, &id, 1) % count).unwrap_or(0);
                    texts.get(drawn).map(|picked| text(picked)).unwrap_or_default()
                };
                let shown = pick(&tell.shown());
                let free = match tell {
                    Tell::Break => {
                        begins = true;
                        continue;
                    }
                    Tell::Say(_) | Tell::Pick(_) => None,
                    Tell::Free { must, must_not, sentences, .. } => Some(Free {
                        must: must.iter().map(|group| group.iter().map(|word| text(word)).collect()).collect(),
                        must_not: must_not.iter().chain(&scene.must_not).map(|word| text(word)).collect(),
                        sentences: *sentences,
                    }),
                };
                self.passages.push(Passage { id, chapter: chapter + 1, scene: at, begins, text: shown, free });
                begins = false;
            }
            let goal = text(&scene.goal);
            let or_goal = |own: &str| if own.trim().is_empty() { goal.clone() } else { text(own) };
            self.scenes.push(Staged {
                chapter: chapter + 1,
                title: or_goal(&scene.title).trim_end_matches('.').to_owned(),
                happens: or_goal(&scene.happens),
                own: brief::own_words(scene).map(text).collect(),
                planned: planned.clone(),
                goal,
                end: self.passages.len(),
            });
        }
    }

    /// The opening.
    #[must_use]
    pub fn opening(&self) -> &Arc<Opening> {
        &self.opening
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// All passages, told or not.
    #[must_use]
    pub fn passages(&self) -> &[Passage] {
        &self.passages
    }

    /// What has been told, passage by passage.
    #[must_use]
    pub fn told(&self) -> &[Told] {
        &self.told
    }

    /// Whether everything has been told.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.told.len() >= self.passages.len()
    }

    /// The passage that is due; `None` at the end.
    #[must_use]
    pub fn due(&self) -> Option<&Passage> {
        self.passages.get(self.told.len())
    }

    /// What the passage that is due is written from; `None` when no model may write it, and at the end.
    #[must_use]
    pub fn brief(&self) -> Option<SerialBrief> {
        let passage = self.due()?;
        let free = passage.free.as_ref()?;
        let scene = self.scenes.get(passage.scene)?;
        let place = self.opening.places.get(&scene.planned.at);
        let from = self.passages.iter().position(|other| other.chapter == passage.chapter).unwrap_or(0);
        let so_far: Vec<String> = self.told.iter().skip(from).map(|told| told.text.clone()).collect();
        let mut must_not = free.must_not.clone();
        must_not.extend(brief::elsewhere(&self.opening, &scene.planned.with, &scene.own));
        Some(SerialBrief {
            id: passage.id.clone(),
            chapter: passage.chapter,
            fallback: passage.text.clone(),
            opening: self.opening.clone(),
            ground: self.ground.clone(),
            setting: place.map(|place| place.setting.clone()).unwrap_or_default(),
            goal: scene.goal.clone(),
            facts: self.facts(scene, so_far.last().map_or("", String::as_str)),
            recap: self.recap(passage.chapter, scene),
            told: self.told.iter().rev().take(MOST_TOLD).map(|told| told.text.clone()).collect(),
            so_far,
            must: free.must.clone(),
            must_not,
            sentences: free.sentences,
            seed: seed_of(self.plan.seed, &passage.id, 0),
        })
    }

    /// What holds and has to do with a scene: facts that are called up, then who the people are.
    fn facts(&self, scene: &Staged, last: &str) -> Vec<String> {
        let keys = self.opening.threads.get(&scene.planned.thread).map(|thread| thread.keys.join(" "));
        let cues: Vec<Vec<String>> =
            [scene.goal.as_str(), last, keys.as_deref().unwrap_or_default()].map(words::words).to_vec();
        let called = |key: &String| cues.iter().any(|cue| words::contains(cue, key));
        let facts = self.opening.facts.iter().filter(|fact| fact.keys.iter().any(called));
        let mut facts: Vec<String> = facts.map(|fact| fact.says.clone()).collect();
        for person in scene.planned.with.iter().filter_map(|who| self.opening.cast.get(who)) {
            if !person.traits.is_empty() {
                facts.push(format!("{} is {}.", person.name, person.traits.join(" and ")));
            }
        }
        facts
    }

    /// The chapters before, by what was recorded of them. The layout is that of the text that models are trained on; see
    /// [`scenes`](crate::scenes).
    fn recap(&self, chapter: usize, now: &Staged) -> Vec<(String, u32)> {
        let mut pieces = Vec::new();
        for number in 1..chapter {
            let scenes: Vec<&Staged> = self.scenes.iter().filter(|scene| scene.chapter == number).collect();
            let Some(first) = scenes.first() else { continue };
            let same = scenes.iter().any(|scene| scene.planned.thread == now.planned.thread);
            let people = scenes.iter().flat_map(|scene| &scene.planned.with).any(|who| now.planned.with.contains(who));
            let goal = self.goal_scene(number).map_or(first.goal.as_str(), |scene| scene.goal.as_str());
            let what: Vec<&str> = scenes.iter().map(|scene| scene.happens.as_str()).collect();
            let text = format!("Chapter {number}. Goal: {goal}\n{}\n\n", what.join(" "));
            pieces.push((text, brief::rank(number, same, people)));
        }
        let over = pieces.len().saturating_sub(MOST_RECAP);
        pieces.drain(..over);
        pieces
    }

    /// The scene whose goal and title are those of a chapter.
    fn goal_scene(&self, number: usize) -> Option<&Staged> {
        let goal = self.plan.chapters.get(number.checked_sub(1)?)?;
        let id = &goal.scenes.get(goal.goal)?.id;
        self.scenes.iter().filter(|scene| scene.chapter == number).find(|scene| scene.planned.id == *id)
    }

    /// Tells the passage that is due as a request for it ended. One that was cancelled tells nothing, nor does one without
    /// words.
    pub fn tell(&mut self, finished: &Finished) {
        let by = match &finished.source {
            Source::Cancelled => return,
            Source::Authored(why) => By::Instead(why.name().to_owned()),
            Source::Generated | Source::Ranked { .. } | Source::Baked => By::Model,
        };
        let free = self.due().is_some_and(Passage::is_free);
        if !free || by != By::Model || finished.text.trim().is_empty() {
            self.tell_authored(if let Source::Authored(why) = &finished.source { why } else { &Why::Written });
        } else {
            self.told.push(Told { text: finished.text.trim().to_owned(), by });
        }
    }

    /// Tells the passage that is due as its writer wrote it. `why` counts for free passages.
    pub fn tell_authored(&mut self, why: &Why) {
        let Some(passage) = self.due() else { return };
        let by = if passage.is_free() { By::Instead(why.name().to_owned()) } else { By::Author };
        self.told.push(Told { text: passage.text.clone(), by });
    }

    /// Number of chapters that are complete.
    #[must_use]
    pub fn complete(&self) -> usize {
        match self.due() {
            Some(passage) => passage.chapter - 1,
            None => self.plan.chapters.len(),
        }
    }

    /// A complete chapter, by its number from 1.
    #[must_use]
    pub fn chapter(&self, number: usize) -> Option<Chapter> {
        if number == 0 || number > self.complete() {
            return None;
        }
        let mut paragraphs: Vec<Paragraph> = Vec::new();
        let told = self.passages.iter().zip(&self.told).filter(|(passage, _)| passage.chapter == number);
        for (passage, told) in told {
            match paragraphs.last_mut().filter(|_| !passage.begins) {
                Some(paragraph) => paragraph.passages.push(told.clone()),
                None => paragraphs.push(Paragraph { passages: vec![told.clone()] }),
            }
        }
        let scenes: Vec<&Staged> = self.scenes.iter().filter(|scene| scene.chapter == number).collect();
        let (mut who, mut threads) = (Vec::new(), Vec::new());
        for scene in &scenes {
            who.extend(scene.planned.with.iter().filter(|w| !who.contains(*w)).cloned().collect::<Vec<_>>());
            if !threads.contains(&scene.planned.thread) {
                threads.push(scene.planned.thread.clone());
            }
        }
        let title = self.goal_scene(number).or(scenes.first().copied()).map(|scene| scene.title.clone());
        Some(Chapter { number, title: title.unwrap_or_default(), paragraphs, who, threads })
    }

    /// What has happened in the scenes that are told, in order.
    #[must_use]
    pub fn events(&self) -> Vec<Recorded> {
        let told = self.scenes.iter().filter(|scene| scene.end <= self.told.len());
        let record = |scene: &Staged| Recorded {
            chapter: scene.chapter,
            scene: scene.planned.id.clone(),
            thread: scene.planned.thread.clone(),
            goal: scene.goal.clone(),
            what: scene.happens.clone(),
            who: scene.planned.with.clone(),
            at: scene.planned.at.clone(),
        };
        told.map(record).collect()
    }

    /// Title, premise and all complete chapters in Markdown. With `marked`, what a model wrote stands in italics.
    #[must_use]
    pub fn markdown(&self, marked: bool) -> String {
        let mut text = format!("# {}\n\n> {}\n", self.opening.title, self.opening.premise);
        for number in 1..=self.complete() {
            if let Some(chapter) = self.chapter(number) {
                text.push('\n');
                text.push_str(&chapter.markdown(marked));
            }
        }
        text
    }
}

/// The scene at an address, `thread/step` or `event:id`.
pub(super) fn scene_of<'a>(opening: &'a Opening, id: &str) -> Option<&'a Scene> {
    match id.strip_prefix("event:") {
        Some(event) => opening.events.get(event).map(|event| &event.scene),
        None => opening.step(id),
    }
}

/// A text with its holes filled; as it stands where that cannot be, which the checks report.
fn filled(opening: &Opening, text: &str, bound: &[&[Bound]]) -> String {
    fill(opening, text, bound).unwrap_or_else(|_| text.to_owned())
}
