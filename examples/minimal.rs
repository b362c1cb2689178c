//! The least there is: the plugin, one NPC, one line that a GPT-2 writes for her. No window.
//!
//! ```text
//! cargo run --release --example minimal
//! ```

use std::time::Duration;

use bevy::app::ScheduleRunnerPlugin;
use bevy::prelude::*;
use bevy_raconteur::prelude::*;

fn main() {
    let sixty_a_second = ScheduleRunnerPlugin::run_loop(Duration::from_millis(16));
    App::new()
        .add_plugins((MinimalPlugins.set(sixty_a_second), AssetPlugin::default()))
        .add_plugins(NarrativePlugins::new(ModelSource::directory("assets/models/ember")))
        .add_systems(Startup, meet_mara)
        .run();
}

/// An NPC is an entity with a persona. Asking for a line never waits: it comes as an event, some frames later.
fn meet_mara(mut commands: Commands) {
    let persona = Persona::new("Mara", "ferrywoman; dry, tired, counts everything twice")
        .knowing("The bell of Saint Wenna vanished on the night of the flood.");
    let mara = commands.spawn(persona).observe(show_line).id();
    commands.trigger(
        Generate::new(mara, "You came for the bell. They all come for the bell.")
            .at("The ferry stage at Harrow Ford, after the flood.")
            .hearing("Did you hear the bell?"),
    );
}

/// The words, and where they came from: when the model is off, late or wrong, it is the fallback above.
fn show_line(line: On<Generated>, mut exit: MessageWriter<AppExit>) {
    println!("Mara: {}   ({})", line.text, line.reason);
    exit.write(AppExit::Success);
}
