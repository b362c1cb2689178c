//! The town crier among entities: news for places and groups, by criers, boards and letters.
//!
//! ```text
//! *.crier.ron, tales that the desk's reporter believes, Publish --> TownCrier (core::crier), ticking with RumorClock
//!   item: an entity with NewsItem + TextOrigin, from when it can be told until it is over
//!   cried:  NewsCried on the TownPlace          read: NoticeBoard holds what hangs on it
//!   letter: LetterArrived, an entity with Letter + LetterTo + TextOrigin
//!   NewsTold                                    message, for everything that reaches somebody
//! ```
//! Who hears is who has a [`Gossip`](crate::prelude::Gossip) and is [`AtPlace`](crate::prelude::AtPlace), or belongs to a
//! group. Nobody is told the same twice, see [`raconteur_core::crier`]. What the crier tells of a tale is a telling like any
//! other: it is believed or not, and can be traced to the crier.

mod post;
mod save;
mod words;

use std::collections::{HashMap, HashSet};

use bevy_app::prelude::*;
use bevy_asset::io::Reader;
use bevy_asset::{Asset, AssetApp, AssetEvent, AssetLoadFailedEvent, AssetLoader, Assets, Handle, LoadContext};
use bevy_ecs::prelude::*;
use bevy_reflect::TypePath;
use raconteur_core::crier::{Attendance, Crier, CrierBook, CrierBookError, CrierError, CrierEvent, Item};
use raconteur_core::request::Source;

use crate::plugin::NarrativeSystems;
use crate::rumor::{PlacePeople, RumorMill, TownPlace};

pub use post::{Letter, LetterArrived, LetterTo, Letters, NewsCried, NewsHow, NewsItem, NewsTold, NoticeBoard};
pub use save::{TOWN_CRIER_FORMAT, TownCrierData};

/// A file of channels and notices.
#[derive(Asset, TypePath, Debug, Clone, Default, PartialEq)]
pub struct NewsBook(pub CrierBook);

/// Loads `*.crier.ron`.
#[derive(Default, TypePath)]
pub struct NewsBookLoader;

/// Why a file of channels and notices could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NewsBookError {
    /// The file cannot be read.
    #[error("the news cannot be read: {0}. Check that the file exists under the asset root and that it may be read")]
    Io(#[from] std::io::Error),
    /// The file is no text.
    #[error("'{0}' is not UTF-8 text: save it as UTF-8")]
    NotText(String),
    /// The file has a mistake.
    #[error("{path}:{error}")]
    Book {
        /// The file.
        path: String,
        /// What is wrong.
        error: CrierBookError,
    },
}

impl AssetLoader for NewsBookLoader {
    type Asset = NewsBook;
    type Settings = ();
    type Error = NewsBookError;

    async fn load(
        &self,
        reader: &mut dyn Reader,
        (): &(),
        context: &mut LoadContext<'_>,
    ) -> Result<NewsBook, NewsBookError> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).await?;
        let path = context.path().to_string();
        let text = String::from_utf8(bytes).map_err(|_| NewsBookError::NotText(path.clone()))?;
        CrierBook::from_ron(&text).map(NewsBook).map_err(|error| NewsBookError::Book { path, error })
    }

    fn extensions(&self) -> &[&str] {
        &["crier.ron"]
    }
}

/// Publish something: a notice of the game, or a text that a model wrote for it (`generated`). A refusal is told as a
/// [`NewsProblem`].
#[derive(Event, Debug, Clone, PartialEq)]
pub struct Publish(pub Item);

/// Take an item back, by its id; what hangs comes down. Notices of the book have ids such as "notice:toll", tales "tale:bell".
#[derive(Event, Debug, Clone, PartialEq, Eq)]
pub struct Withdraw(pub String);

/// Something about the news is not as it should be. All the rest goes on.
#[derive(Event, Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NewsProblem {
    /// Something cannot be published, or a save cannot be used.
    #[error(transparent)]
    Crier(#[from] CrierError),
    /// The file cannot be loaded; the last good one stays.
    #[error("{0}")]
    Load(String),
    /// A save speaks of channels that are gone: what was on them is gone too.
    #[error("these channels are gone since the save, with what was on them: {}", .0.join(", "))]
    ChannelsGone(Vec<String>),
}

/// What is told in town, and who has been told.
#[derive(Resource)]
pub struct TownCrier {
    pub(crate) crier: Crier,
    /// The file in use, if there is one: `town.book = Some(assets.load("village.crier.ron"))`.
    pub book: Option<Handle<NewsBook>>,
    /// Item entities by number.
    items: HashMap<u64, Entity>,
    /// What has happened and has not been told.
    events: Vec<CrierEvent>,
    /// Ids of items whose words are being written.
    asked: HashSet<String>,
    /// Where the words of items come from that were to be written.
    sources: HashMap<String, Source>,
    attendance: Attendance,
    /// Which census the groups are of.
    census: Option<u64>,
    to_load: Option<Box<TownCrierData>>,
}

impl Default for TownCrier {
    fn default() -> Self {
        Self::of(Crier::default())
    }
}

impl TownCrier {
    /// Nothing is told yet.
    ///
    /// # Errors
    /// [`CrierError::Book`]: the writer has to change the book.
    pub fn new(book: CrierBook) -> Result<Self, CrierError> {
        Crier::new(book).map(Self::of)
    }

    fn of(crier: Crier) -> Self {
        Self {
            crier,
            book: None,
            items: HashMap::new(),
            events: Vec::new(),
            asked: HashSet::new(),
            sources: HashMap::new(),
            attendance: Attendance::default(),
            census: None,
            to_load: None,
        }
    }

    /// The simulation, with people by the numbers of the [`RumorMill`].
    #[must_use]
    pub fn crier(&self) -> &Crier {
        &self.crier
    }

    /// Entity of an item that can be told.
    #[must_use]
    pub fn item(&self, number: u64) -> Option<Entity> {
        self.items.get(&number).copied()
    }

    /// Whether there are channels, and no save is waited for.
    pub(crate) fn is_open(&self) -> bool {
        !self.crier.book().channels.is_empty() && self.to_load.is_none()
    }

    fn has_news(town: Res<Self>) -> bool {
        !town.events.is_empty()
    }

    fn wants_words(town: Res<Self>) -> bool {
        town.crier.wanted().iter().any(|wanted| wanted.reword && !town.asked.contains(&wanted.item.id))
    }

    /// One tick, right behind that of the rumors, so that how many ticks a frame has does not matter.
    pub(crate) fn step(&mut self, mill: &mut RumorMill, places: &Query<(Entity, &TownPlace, &PlacePeople)>) {
        if self.census != Some(mill.census) {
            self.census = Some(mill.census);
            let groups: Vec<(String, Vec<u32>)> = self
                .crier
                .book()
                .groups
                .iter()
                .map(|(name, keys)| {
                    let there = |who: &u32| mill.rumors.is_present(*who);
                    (name.clone(), keys.iter().filter_map(|key| mill.person_of_key(key)).filter(there).collect())
                })
                .collect();
            groups.iter().for_each(|(name, people)| self.crier.set_group(name, people));
        }
        self.attendance.clear();
        for (_, place, people) in places {
            let Some(number) = self.crier.place(&place.key) else { continue };
            let people = people.iter().filter_map(|entity| mill.person(entity));
            people.for_each(|person| self.attendance.push(number, person));
        }
        let reporter = self.crier.book().desk.as_ref().and_then(|desk| mill.person_of_key(&desk.reporter));
        if let Some(reporter) = reporter {
            self.crier.report(&mill.rumors, reporter);
        }
        self.crier.tick(&mut self.attendance);
        let new = self.crier.take_events();
        for event in &new {
            self.tell_on(event, mill);
        }
        self.events.extend(new);
    }

    /// A tale that the crier's voice tells is heard as one.
    fn tell_on(&self, event: &CrierEvent, mill: &mut RumorMill) {
        let (item, channel, listeners) = match event {
            CrierEvent::Cried { item, channel, listeners, .. } | CrierEvent::Read { item, channel, listeners, .. } => {
                (item, channel, listeners.as_slice())
            }
            CrierEvent::Arrived { item, channel, to } => (item, channel, std::slice::from_ref(to)),
            _ => return,
        };
        let topic = self.crier.item(*item).and_then(|item| item.topic.as_deref());
        let voice = self.crier.book().channels.get(channel).and_then(|channel| channel.voice.as_deref());
        let (Some(tale), Some(voice)) = (topic.and_then(|id| mill.rumors.place(id)), voice) else { return };
        if let Some(teller) = mill.person_of_key(voice)
            && mill.rumors.say(teller, listeners, tale, false).is_ok()
        {
            mill.cried.insert((teller, tale));
        }
    }
}

/// The news. Part of [`NarrativePlugins`](crate::NarrativePlugins).
pub(crate) struct CrierPlugin;

impl Plugin for CrierPlugin {
    fn build(&self, app: &mut App) {
        app.init_asset::<NewsBook>()
            .init_asset_loader::<NewsBookLoader>()
            .init_resource::<TownCrier>()
            .add_message::<NewsTold>()
            .add_systems(
                PostUpdate,
                (
                    read_book.run_if(
                        on_message::<AssetEvent<NewsBook>>.or_else(on_message::<AssetLoadFailedEvent<NewsBook>>),
                    ),
                    save::finish_load.run_if(save::waits),
                    words::ask_for_words.run_if(TownCrier::wants_words),
                    post::tell_news.run_if(TownCrier::has_news),
                )
                    .chain()
                    .after(crate::rumor::run_clock)
                    .in_set(NarrativeSystems::Submit),
            )
            .add_observer(post::fill_board)
            .add_observer(publish)
            .add_observer(withdraw);
    }
}

fn publish(publish: On<Publish>, mut town: ResMut<TownCrier>, mut commands: Commands) {
    match town.crier.publish(publish.0.clone()) {
        Ok(_) => town.collect(),
        Err(error) => commands.trigger(NewsProblem::Crier(error)),
    }
}

fn withdraw(withdraw: On<Withdraw>, mut town: ResMut<TownCrier>) {
    town.crier.withdraw(&withdraw.0);
    town.collect();
}

impl TownCrier {
    fn collect(&mut self) {
        let new = self.crier.take_events();
        self.events.extend(new);
    }
}

/// `Submit`: takes the file in use, when it has come or changed.
fn read_book(
    mut town: ResMut<TownCrier>,
    books: Res<Assets<NewsBook>>,
    mut events: MessageReader<AssetEvent<NewsBook>>,
    mut failed: MessageReader<AssetLoadFailedEvent<NewsBook>>,
    mut commands: Commands,
) {
    for failed in failed.read() {
        commands.trigger(NewsProblem::Load(format!("{}: {}", failed.path, failed.error)));
    }
    let Some(id) = town.book.as_ref().map(Handle::id) else { return };
    let ours = |event: &&AssetEvent<NewsBook>| matches!(event, AssetEvent::Added { id: other } | AssetEvent::Modified { id: other } if *other == id);
    if events.read().filter(ours).count() == 0 {
        return;
    }
    let Some(book) = books.get(id) else { return };
    town.census = None;
    if let Err(error) = town.crier.set_book(book.0.clone()) {
        commands.trigger(NewsProblem::Crier(error));
    }
}
