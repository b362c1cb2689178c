//! What a game would answer to the questions of a story: given on the command line.

use std::collections::BTreeMap;

use raconteur_core::runner::Host;
use raconteur_core::story::format::{HostType, Story, Value};

use crate::error::CliError;

/// One answer a host function, whatever its arguments.
pub struct Answers {
    given: BTreeMap<String, Value>,
    /// Questions that are answered with "no" because nobody said otherwise.
    assumed: Vec<String>,
}

impl Answers {
    /// Reads `NAME=VALUE` pairs against what the story declares.
    ///
    /// # Errors
    /// A usage error when there is no such function, or the value is not of its type.
    pub fn new(story: &Story, given: &[String]) -> Result<Self, CliError> {
        let mut answers = Self { given: BTreeMap::new(), assumed: Vec::new() };
        for pair in given {
            let (name, value) = pair
                .split_once('=')
                .ok_or_else(|| CliError::Usage(format!("--host {pair}: write NAME=VALUE, such as is_night=true")))?;
            let Some(declared) = story.host.get(name) else {
                let names: Vec<&str> = story.host.ids().collect();
                let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
                return Err(CliError::Usage(format!(
                    "--host {name}: the story declares no such function; it has {names}"
                )));
            };
            let value = read(value, declared.ret).ok_or_else(|| {
                let wanted = match declared.ret {
                    HostType::Bool => "true or false",
                    HostType::Int => "a whole number",
                    HostType::Text => "a word",
                };
                CliError::Usage(format!("--host {pair}: {name} answers with {wanted}"))
            })?;
            answers.given.insert(name.to_owned(), value);
        }
        for (name, declared) in story.host.iter() {
            if declared.ret == HostType::Bool && !answers.given.contains_key(name) {
                answers.given.insert(name.to_owned(), Value::Bool(false));
                answers.assumed.push(name.to_owned());
            }
        }
        Ok(answers)
    }

    /// Names of the functions whose answer nobody gave.
    pub fn assumed(&self) -> &[String] {
        &self.assumed
    }
}

impl Host for Answers {
    fn call(&self, name: &str, _args: &[Value]) -> Result<Value, String> {
        self.given.get(name).cloned().ok_or_else(|| format!("nobody answers it; give --host {name}=VALUE"))
    }
}

fn read(value: &str, wanted: HostType) -> Option<Value> {
    match wanted {
        HostType::Bool => value.parse().ok().map(Value::Bool),
        HostType::Int => value.parse().ok().map(Value::Int),
        HostType::Text => Some(Value::Word(value.to_owned())),
    }
}
