//! For the pictures in the documentation: plays by itself, saves one picture of the window and leaves.

use std::path::PathBuf;

use bevy::prelude::*;
use bevy::render::view::screenshot::{Screenshot, save_to_disk};

use crate::scenery::{Place, Stage};
use crate::show::{Act, Show};

/// When the picture is taken.
#[derive(Debug, Clone, PartialEq)]
pub enum Moment {
    /// Seconds after the start.
    Seconds(f32),
    /// At a place, once its first line can be read.
    Place(Place),
    /// At the first choice of a place.
    Choice(Place),
    /// The title card.
    Title,
    /// While a question can be typed.
    Ask,
}

impl std::str::FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let place = |name: &str| match name {
            "ford" => Ok(Place::Ford),
            "tower" => Ok(Place::Tower),
            "stair" => Ok(Place::Stair),
            "green" => Ok(Place::Green),
            "dusk" => Ok(Place::Dusk),
            _ => Err(format!(
                "'{name}' is no place: use seconds, title, ask, or ford, tower, stair, green, dusk (with ':choice' for its choices)"
            )),
        };
        match text.split_once(':') {
            _ if text == "ask" => Ok(Self::Ask),
            _ if text == "title" => Ok(Self::Title),
            Some((name, "choice")) => place(name).map(Self::Choice),
            _ => text.parse().map(Self::Seconds).or_else(|_| place(text).map(Self::Place)),
        }
    }
}

/// Takes the picture; the choices in `script` are taken in order on the way.
pub struct SnapshotPlugin {
    /// A `.png`.
    pub file: PathBuf,
    /// When.
    pub at: Moment,
    /// Ids of choices.
    pub script: Vec<String>,
}

#[derive(Resource)]
struct Snapshot {
    file: PathBuf,
    at: Moment,
    script: std::collections::VecDeque<String>,
    /// Seconds since the moment has come, or since the last act.
    waited: f32,
    taken: bool,
    /// Milliseconds of every frame so far.
    frames: Vec<f32>,
}

impl Plugin for SnapshotPlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(Snapshot {
            file: self.file.clone(),
            at: self.at.clone(),
            script: self.script.clone().into(),
            waited: 0.0,
            taken: false,
            frames: vec![],
        })
        .add_systems(Update, play_and_take);
    }
}

fn play_and_take(
    mut commands: Commands,
    time: Res<Time<Real>>,
    show: Res<Show>,
    stage: Res<Stage>,
    mut snapshot: ResMut<Snapshot>,
    mut acts: MessageWriter<Act>,
    mut exit: MessageWriter<AppExit>,
) {
    snapshot.waited += time.delta_secs();
    snapshot.frames.push(time.delta_secs() * 1e3);
    if snapshot.taken {
        // The picture is read back and saved in the background.
        if snapshot.waited > 4.0 {
            let frames = &mut snapshot.frames;
            frames.sort_by(f32::total_cmp);
            let at = |share: f32| frames[((frames.len() - 1) as f32 * share) as usize];
            println!("{} frames, p50 {:.1} ms, p99 {:.1} ms", frames.len(), at(0.5), at(0.99));
            exit.write(AppExit::Success);
        }
        return;
    }
    let read_out = show.line.as_ref().is_some_and(crate::show::Spoken::read_out);
    let now = match &snapshot.at {
        Moment::Seconds(s) => time.elapsed_secs() >= *s,
        Moment::Place(place) => stage.settled(*place) && show.started && read_out && named(&show),
        Moment::Choice(place) => stage.settled(*place) && !show.offers.is_empty(),
        Moment::Title => !show.title.is_empty() && stage.settled(show.place),
        Moment::Ask => show.may_ask(),
    };
    if now && (snapshot.waited > 2.5 || matches!(snapshot.at, Moment::Seconds(_))) {
        commands.spawn(Screenshot::primary_window()).observe(save_to_disk(snapshot.file.clone()));
        snapshot.taken = true;
        snapshot.waited = 0.0;
    } else if !now && !matches!(snapshot.at, Moment::Seconds(_)) && snapshot.waited > 0.8 {
        snapshot.waited = 0.0;
        if !show.started {
            if !show.title.is_empty() && snapshot.at != Moment::Title {
                acts.write(Act::Begin);
            }
        } else if let Some(offer) = snapshot.script.front().filter(|_| !show.offers.is_empty()).cloned() {
            snapshot.script.pop_front();
            acts.write(Act::Choose(offer));
        } else if show.offers.is_empty() && read_out {
            acts.write(Act::Advance);
        }
    }
}

/// Pictures of a place show somebody who speaks, where anybody does.
fn named(show: &Show) -> bool {
    show.ended.is_some()
        || matches!(show.place, Place::Green | Place::Dusk)
        || show.line.as_ref().is_some_and(|l| !l.name.is_empty())
}
