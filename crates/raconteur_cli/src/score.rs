//! stub, see the plan
use crate::error::CliError;

/// Arguments.
#[derive(clap::Args)]
pub struct Args {}

/// Runs.
pub fn run(_args: &Args) -> Result<(), CliError> {
    Err(CliError::failed("not here yet"))
}
