//! A gate post full of notes, in the terminal: hooks filled from whoever is in the village, and a director that decides who
//! says what while you stand there.
//!
//! ```text
//! cargo run --example quest_board                    play it: type the number of a choice
//! cargo run --example quest_board -- --script        let it play itself, the same every time
//! ```
//! `--no-model` shows the authored order, `--model DIR` takes another model than `assets/models/ember`, `--seed N` another
//! village. `--hooks N` plays nothing: it prints the first N hooks as the model ranks them. At the end `--svg FILE` draws how
//! the tension went.

mod post;
mod village;

use std::io::{BufRead, Write};

use bevy_raconteur::prelude::*;

use post::{Script, Setup, Step, play};

fn main() {
    let mut setup = Setup::default();
    let (mut scripted, mut svg, mut hooks) = (false, None, None);
    let mut model = Some("assets/models/ember".to_owned());
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--script" => scripted = true,
            "--no-model" => model = None,
            "--model" => model = words.next(),
            "--seed" => setup.seed = words.next().and_then(|seed| seed.parse().ok()).unwrap_or(setup.seed),
            "--hooks" => hooks = words.next().and_then(|count| count.parse::<usize>().ok()),
            "--svg" => svg = words.next(),
            other => {
                eprintln!(
                    "'{other}' is no option; there are --script, --no-model, --model DIR, --seed N, --hooks N, --svg FILE"
                );
                std::process::exit(2);
            }
        }
    }
    setup.wait_for_model = model.is_some();
    let mut script = Script::default();
    let source = model.map_or(ModelSource::None, ModelSource::directory);
    let told = if let Some(count) = hooks {
        let mut left = count;
        play(source, &setup, &mut |step| match step {
            Step::Line(line) => {
                if line.starts_with("  * ") && left > 0 {
                    println!("{line}");
                    left -= 1;
                }
                None
            }
            Step::Choose(_) if left == 0 => None,
            Step::Choose(offered) => script.choose(offered),
        })
    } else {
        play(source, &setup, &mut |step| match step {
            Step::Line(line) => {
                println!("{line}");
                None
            }
            Step::Choose(offered) if scripted => {
                let chosen = script.choose(offered);
                let label = offered.iter().find(|choice| Some(&choice.id) == chosen.as_ref());
                println!("> {}", label.map_or("", |choice| choice.label.as_str()));
                chosen
            }
            Step::Choose(offered) => ask(offered),
        })
    };
    println!("\n{}", told.summary());
    if let Some(path) = svg {
        match std::fs::write(&path, told.picture()) {
            Ok(()) => println!("The tension is drawn in {path}."),
            Err(error) => eprintln!("{path} cannot be written: {error}"),
        }
    }
}

/// Asks at the terminal; `None` when there is nobody any more.
fn ask(offered: &[OfferedChoice]) -> Option<String> {
    for (number, choice) in offered.iter().enumerate() {
        println!("  {}. {}", number + 1, choice.label);
    }
    loop {
        print!("> ");
        std::io::stdout().flush().ok()?;
        let mut line = String::new();
        if std::io::stdin().lock().read_line(&mut line).ok()? == 0 {
            return None;
        }
        let number = line.trim().parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        if let Some(choice) = number.and_then(|number| offered.get(number)) {
            return Some(choice.id.clone());
        }
        println!("Type a number from 1 to {}.", offered.len());
    }
}
