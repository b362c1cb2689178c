//! `raconteur play`: a story in the terminal, without a game around it.
//!
//! ```text
//! Game: Runner -> Composer -> Desk -> model      what is due, and with what words
//! Player: script, then standard input            what is asked and chosen
//! Screen: standard output, and the transcript    what is seen
//! ```
//! In a terminal the [full] screen takes the place of the last two, unless a list of choices says what happens.
//! The same seed, model and choices give the same words here and in the plugin.

mod answers;
mod full;
mod game;
mod player;
mod screen;
mod witness;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;

use raconteur_core::runner::{Moment, RunnerEvent};
use raconteur_core::template::Templates;
use raconteur_gpt2::loader::AdapterFolder;
use raconteur_gpt2::quantize::Quantization;

use crate::error::CliError;
use crate::loading::{adapter_folder, in_language, load_model, read_story, read_templates};
use answers::Answers;
use game::Game;
use player::{Answer, Player};
use screen::Screen;

/// Arguments of `raconteur play`.
#[derive(clap::Args)]
pub struct Args {
    /// Root file of the story, such as `village.story.ron`.
    story: PathBuf,
    /// Folder of a GPT-2 that improves on lines with `gen`; without one all lines are as written.
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// Number format of the weights in memory. As in a game when left out.
    #[arg(long, value_name = "none|q8_0|q4")]
    quantize: Option<Quantization>,
    /// An adapter that the story names, and its folder; may be given several times. Those in the folder `adapters` of the
    /// model are there anyway.
    #[arg(long, value_name = "NAME=DIR", value_parser = adapter_folder)]
    adapter: Vec<AdapterFolder>,
    /// All lines as written, also when a model is named.
    #[arg(long)]
    no_model: bool,
    /// The same seed and the same choices give the same words.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Take these choices in turn; `ask:QUESTION` (without commas) asks where somebody can be asked, `say:WORDS` makes a
    /// choice in free words. Behind the last one the keyboard decides, if there is one.
    #[arg(long, value_name = "ID,ID,..", value_delimiter = ',')]
    choices: Option<Vec<String>>,
    /// Write what happens to this file, one line each.
    #[arg(long, value_name = "FILE")]
    transcript: Option<PathBuf>,
    /// Play in this language, one that the story has been translated to.
    #[arg(long, value_name = "TAG")]
    locale: Option<String>,
    /// Line by line also in a terminal, without the full screen.
    #[arg(long)]
    plain: bool,
    /// What the game would answer to a question of the story; may be given several times. **Default** false.
    #[arg(long, value_name = "NAME=VALUE")]
    host: Vec<String>,
    /// Show each prompt, and how many tokens its parts take.
    #[arg(long)]
    show_prompts: bool,
    /// Show each text of the model that was not taken, and why.
    #[arg(long)]
    show_rejected: bool,
}

/// Plays a story.
pub fn run(args: &Args) -> Result<(), CliError> {
    let whole = read_story(&args.story)?;
    let story = match &args.locale {
        Some(tag) => Arc::new(in_language(&whole, tag)?),
        None => whole.clone(),
    };
    let answers = Answers::new(&story, &args.host)?;
    let mut screen = Screen::new(args.transcript.as_deref(), args.show_prompts, args.show_rejected)?;
    let full = !(args.plain || args.show_prompts || args.show_rejected || args.choices.is_some())
        && std::io::stdin().is_terminal()
        && std::io::stdout().is_terminal();
    let (writer, templates) = match &args.model {
        Some(dir) if !args.no_model => {
            (Some(load_model(dir, args.quantize, &args.adapter, &story)?), read_templates(dir)?)
        }
        _ => (None, Templates::default()),
    };
    if writer.is_none() && !args.no_model && !full {
        eprintln!("Lines are as written; --model DIR lets a model improve on them.");
    }
    for name in answers.assumed() {
        eprintln!("{name}() counts as false; --host {name}=true answers otherwise.");
    }
    let mut player = Player::new(args.choices.as_deref());
    let game = Game::new(story, &templates, args.seed, &answers, writer).map_err(CliError::failed)?;
    let played = if full {
        full::run(game, screen.into_transcript(), whole, templates)
    } else {
        play(game, &mut player, &mut screen)
    };
    match played {
        // A reader such as `head` has seen enough.
        Err(Stop::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        Err(Stop::Output(error)) => Err(CliError::failed(format!(
            "what happens cannot be written: {error}. Is the disk full, or the terminal closed?"
        ))),
        Err(Stop::Failed(error)) => Err(error),
        Ok(()) => Ok(()),
    }
}

/// Why a story is not played on.
enum Stop {
    /// The terminal, a pipe or the transcript takes nothing more.
    Output(std::io::Error),
    /// All else.
    Failed(CliError),
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<CliError> for Stop {
    fn from(error: CliError) -> Self {
        Self::Failed(error)
    }
}

fn play(mut game: Game<'_>, player: &mut Player, screen: &mut Screen) -> Result<(), Stop> {
    screen.title(game.story(), game.model().as_deref())?;
    loop {
        for event in game.take_events() {
            match event {
                RunnerEvent::BeatEntered { beat } => screen.beat(game.story(), &beat)?,
                RunnerEvent::ConditionFailed { source, error } => {
                    screen.problem(&format!("\"{source}\" counts as false: {error}"))?;
                }
                RunnerEvent::EffectFailed { source, error } => {
                    screen.problem(&format!("\"{source}\" was left out: {error}"))?;
                }
                _ => {}
            }
        }
        match game.moment() {
            Moment::Line { .. } => {
                let mut line = game.line(screen)?;
                while line.as_ref().is_some_and(|line| line.asks) {
                    let name = line.map(|line| line.name).unwrap_or_default();
                    let Some(question) = player.question(&name, screen)? else { break };
                    screen.asked(&question)?;
                    line = game.ask(&question, screen)?;
                }
                game.advance().map_err(CliError::failed)?;
            }
            Moment::Detour { .. } => game.detour(screen)?,
            Moment::Choices(open) | Moment::Slot { outcomes: open } => {
                let offered = game.offer(&open, screen)?;
                screen.offer(&offered)?;
                match player.choose(&offered, &mut game, screen)? {
                    Answer::Taken(at) => {
                        let chosen = &offered[at];
                        screen.chosen(chosen)?;
                        game.choose(chosen).map_err(CliError::failed)?;
                    }
                    Answer::Nothing => return Ok(screen.left()?),
                }
            }
            Moment::Ended { beat } => {
                screen.ended(&beat)?;
                return Ok(player.check_used_up()?);
            }
            Moment::Stuck(reason) => {
                return Err(CliError::failed(format!(
                    "the story cannot go on: {reason}. `raconteur check` finds such places"
                ))
                .into());
            }
        }
    }
}
