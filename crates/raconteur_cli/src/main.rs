//! The `raconteur` command: tools for writers and for whoever brings a model.

mod atomic;
mod bake;
mod bench;
mod check;
mod corpus;
mod error;
mod eval;
mod export;
mod generate;
mod graph;
mod ids;
mod import;
mod l10n;
mod loading;
mod markup;
mod merge;
mod play;
mod quantize;
mod rehearse;
mod score;
mod serial;
mod texts;
mod tokenizer;
mod train;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use error::CliError;

/// Narrative AI for Bevy: check and play stories, generate and score with a GPT-2.
#[derive(Parser)]
#[command(name = "raconteur", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check a story: ids, expressions, texts, knowledge, prompts.
    Check(check::Args),
    /// Give ids to the texts that have none.
    Ids(ids::Args),
    /// Translations: tables for translators, out and back.
    L10n(l10n::Args),
    /// Draw a story: a picture, a page to walk through, or input for Graphviz and Mermaid.
    Graph(graph::Args),
    /// Turn a story of Twine (Twee 3) or Yarn Spinner into one of ours.
    Import(import::Args),
    /// Play a story in the terminal.
    Play(play::Args),
    /// Play a story many times by chance, and look at all that is delivered.
    Rehearse(rehearse::Args),
    /// Let a model write variants ahead of time, for review, so that the game needs none.
    Bake(bake::Args),
    /// Write on from a prompt.
    Generate(generate::Args),
    /// Say how likely a text is.
    Score(score::Args),
    /// Tell a serial from an opening, chapter by chapter.
    Serial(serial::Args),
    /// Measure what a model and the rules around it are worth.
    Eval(eval::Args),
    /// Files of scenes: check, count, split, render them, or make them out of a story.
    Corpus(corpus::Args),
    /// Byte-level BPE from your own text, and how well one fits.
    Tokenizer(tokenizer::Args),
    /// Train a model from scenes and plain text.
    Train(train::Args),
    /// Round the weights of a model to 8 or 4 bits ahead of time.
    Quantize(quantize::Args),
    /// Write a model as other programs read it.
    Export(export::Args),
    /// Add an adapter to a model's weights, for engines that take no adapters.
    Merge(merge::Args),
    /// Measure how fast a model is here, alone and beside a game.
    Bench(bench::Args),
}

fn main() -> ExitCode {
    let outcome: Result<(), CliError> = match Cli::parse().command {
        Command::Check(args) => check::run(&args),
        Command::Ids(args) => ids::run(&args),
        Command::L10n(args) => l10n::run(&args),
        Command::Graph(args) => graph::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Play(args) => play::run(&args),
        Command::Rehearse(args) => rehearse::run(&args),
        Command::Bake(args) => bake::run(&args),
        Command::Generate(args) => generate::run(&args),
        Command::Score(args) => score::run(&args),
        Command::Serial(args) => serial::run(&args),
        Command::Eval(args) => eval::run(&args),
        Command::Corpus(args) => corpus::run(&args),
        Command::Tokenizer(args) => tokenizer::run(&args),
        Command::Train(args) => train::run(&args),
        Command::Quantize(args) => quantize::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Merge(args) => merge::run(&args),
        Command::Bench(args) => bench::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if !error.is_reported() {
                eprintln!("error: {error}");
            }
            ExitCode::from(error.exit_code())
        }
    }
}
