//! A request that only reads: its prompt is there for whoever begins alike.

use std::sync::Arc;

use raconteur_core::generate::Usage;

use super::context::Context;
use crate::lora::Adapter;
use crate::scheduler::Demand;

/// A prompt that is read and kept.
#[derive(Debug)]
pub(super) struct Reading {
    prompt_tokens: usize,
    context: Context,
}

impl Reading {
    pub fn new(prompt: Vec<u32>, adapter: Option<Arc<Adapter>>) -> Self {
        Self { prompt_tokens: prompt.len(), context: Context::only_read(prompt, adapter) }
    }

    pub fn context(&mut self) -> &mut Context {
        &mut self.context
    }

    /// Reads nothing: nothing can be kept.
    pub fn skip(&mut self) {
        self.context = Context::only_read(Vec::new(), None);
    }

    /// It needs no place, as nothing is written after it.
    pub fn demand(&self) -> Demand {
        Demand { reads: self.context.left(), ..Demand::default() }
    }

    /// What it cost, when all is read that can be kept.
    pub fn done(&self) -> Option<Usage> {
        let usage =
            Usage { prompt_tokens: self.prompt_tokens, cached_tokens: self.context.found(), ..Usage::default() };
        (self.context.left() == 0).then_some(usage)
    }
}
