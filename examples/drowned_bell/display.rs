//! Whether a window can be opened here. Bevy panics where it cannot, so a child of this program tries it first.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bevy::log::LogPlugin;
use bevy::prelude::*;

/// The hidden argument of the child.
pub const TRY: &str = "--try-window";
/// How long the child may take; a cold software renderer needs a few seconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why no window can be opened, if none can.
pub fn missing() -> Option<String> {
    if cfg!(all(unix, not(target_os = "macos"))) && std::env::var_os("DISPLAY").is_none_or(|name| name.is_empty()) {
        return Some("There is no display (DISPLAY is not set)".into());
    }
    let program = std::env::current_exe().ok()?;
    let mut child = Command::new(program)
        .arg(TRY)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let begun = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return None,
            Ok(Some(_)) => break,
            Ok(None) if begun.elapsed() > PATIENCE => {
                // It hangs, and nobody waits for it any longer.
                let _ = child.kill();
                let _ = child.wait();
                return Some("The display does not answer".into());
            }
            Ok(None) => std::thread::sleep(Duration::from_millis(20)),
            Err(_) => return None,
        }
    }
    let mut words = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        // Without its words the reason stays general.
        let _ = std::io::Read::read_to_string(&mut stderr, &mut words);
    }
    let gpu = ["GPU", "adapter", "surface", "Vulkan"].iter().any(|word| words.contains(word));
    Some(if gpu {
        "There is no graphics driver (Vulkan or OpenGL)".into()
    } else {
        "The display cannot be opened".into()
    })
}

/// The child: opens a hidden window, draws two frames and leaves.
pub fn try_window() -> AppExit {
    let mut frames = 0;
    App::new()
        .add_plugins(DefaultPlugins.set(crate::window::primary(false)).disable::<LogPlugin>())
        .add_systems(Update, move |mut exit: MessageWriter<AppExit>| {
            frames += 1;
            if frames > 2 {
                exit.write(AppExit::Success);
            }
        })
        .run()
}
