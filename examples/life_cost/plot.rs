//! People of whom hooks may be about, a board that looks for them, and a director that lets them talk.

use std::sync::Arc;
use std::time::Duration;

use bevy::prelude::*;
use bevy_raconteur::core::director::{Curve, Plan};
use bevy_raconteur::core::plot::HookSet;
use bevy_raconteur::core::story::parse::parse;
use bevy_raconteur::core::story::source::Source;
use bevy_raconteur::prelude::*;

use crate::measure::Part;

/// What has happened.
#[derive(Resource, Default)]
struct Counts {
    offered: usize,
    withdrawn: usize,
    remarks: usize,
}

/// See the module.
#[derive(Default)]
pub struct Plotting {
    people: Vec<Entity>,
}

const HOOKS: &str = r#"Hooks(format: 1, tags: ["away"], relations: ["owns", "friend"], hooks: { "carry": (
    outcomes: ["note_1", "note_2", "note_3"],
    holes: { "who": (kind: "person", where: "not tagged(who, away)"), "whom": (kind: "person", where: "related(who, friend, whom)"),
             "what": (kind: "item", where: "related(who, owns, what)") },
    say: "Take {what} from {who} to {whom}.", goal: "false",
) })"#;

fn story() -> Option<Story> {
    let storylets: Vec<String> = (0..40)
        .map(|n| format!(r#"(id: "s{n}", who: "mara", say: "Remark {n}.", cooldown: 3, tension: {})"#, n * 5 / 2))
        .collect();
    let text = format!(
        r#"Story(format: 1, id: "p", start: "post", host: {{ "hook_open": (args: [Text], ret: Bool) }},
            cast: {{ "mara": (name: "Mara") }}, storylets: [{}],
            beats: {{ "post": (slot: (offer: 3, always: ["go"], outcomes: [
                (id: "note_1", say: "1", to: "z", when: "hook_open(note_1)"), (id: "note_2", say: "2", to: "z", when: "hook_open(note_2)"),
                (id: "note_3", say: "3", to: "z", when: "hook_open(note_3)"), (id: "go", say: "Go.", to: "z")])), "z": (end: true) }})"#,
        storylets.join(", ")
    );
    parse(vec![Source::new("p.story.ron", text)]).story
}

fn person(npc: usize, npcs: usize, away: bool) -> PlotEntity {
    let person = PlotEntity::new(format!("npc_{npc}"), "person", format!("Villager {npc}"))
        .related("owns", format!("thing_{npc}"))
        .related("friend", format!("npc_{}", (npc * 7 + 1) % npcs.max(1)));
    if away { person.tagged("away") } else { person }
}

impl Part for Plotting {
    fn build(&mut self, app: &mut App, npcs: usize) {
        app.init_resource::<Counts>();
        app.add_observer(|_: On<HookOffered>, mut counts: ResMut<Counts>| counts.offered += 1);
        app.add_observer(|_: On<HookWithdrawn>, mut counts: ResMut<Counts>| counts.withdrawn += 1);
        app.add_observer(|_: On<Remarked>, mut counts: ResMut<Counts>| counts.remarks += 1);
        let world = app.world_mut();
        for npc in 0..npcs {
            self.people.push(world.spawn(person(npc, npcs, false)).id());
            world.spawn(PlotEntity::new(format!("thing_{npc}"), "item", format!("thing {npc}")));
        }
        let (Some(story), Ok(hooks)) = (story(), HookSet::parse(&Source::new("p.hooks.ron", HOOKS))) else { return };
        let story = world.resource_mut::<Assets<StoryAsset>>().add(StoryAsset::new(Arc::new(story)));
        let hooks = world.resource_mut::<Assets<HooksAsset>>().add(HooksAsset::from(hooks));
        let plan = Plan::new(Curve { again: true, ..Curve::new([(0, 5), (20, 90), (30, 5)]) });
        let plan = world.resource_mut::<Assets<DirectorAsset>>().add(DirectorAsset::from(plan));
        let pace = Pace::Every(Duration::from_millis(250));
        world.spawn((StoryRunner::new(story, 1), HookBoard::new(hooks), Director::new(plan, pace)));
    }

    fn frame(&mut self, app: &mut App, frame: usize) {
        // Each half second somebody leaves or comes back, and the board looks anew.
        if frame.is_multiple_of(30) && !self.people.is_empty() {
            let npcs = self.people.len();
            let npc = frame / 30 * 3 % npcs;
            app.world_mut().entity_mut(self.people[npc]).insert(person(npc, npcs, (frame / 30).is_multiple_of(2)));
        }
    }

    fn happened(&self, app: &mut App) -> String {
        let Counts { offered, withdrawn, remarks } = app.world().resource::<Counts>();
        format!("{offered} hooks offered, {withdrawn} withdrawn, {remarks} remarks")
    }
}
