//! Rank, scale and targets of an adapter.

use std::fmt;
use std::str::FromStr;

use super::LoraError;
use crate::config::Gpt2Config;

/// A matrix of a block that an adapter may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// `attn.c_attn`: queries, keys, values. `[n_embd, 3 n_embd]`
    CAttn,
    /// `attn.c_proj`. `[n_embd, n_embd]`
    AttnCProj,
    /// `mlp.c_fc`. `[n_embd, n_inner]`
    CFc,
    /// `mlp.c_proj`. `[n_inner, n_embd]`
    MlpCProj,
}

impl Target {
    /// All of them, in the order in which a block uses them.
    pub const ALL: [Self; 4] = [Self::CAttn, Self::AttnCProj, Self::CFc, Self::MlpCProj];

    /// Its name in a checkpoint, behind `h.N.`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CAttn => "attn.c_attn",
            Self::AttnCProj => "attn.c_proj",
            Self::CFc => "mlp.c_fc",
            Self::MlpCProj => "mlp.c_proj",
        }
    }

    /// Its name in a layer: `h.3.attn.c_attn`.
    #[must_use]
    pub fn module(self, layer: usize) -> String {
        format!("h.{layer}.{}", self.name())
    }

    /// Its inputs and outputs in a model of this shape.
    #[must_use]
    pub fn shape(self, model: &Gpt2Config) -> (usize, usize) {
        let (width, inner) = (model.n_embd, model.inner());
        match self {
            Self::CAttn => (width, 3 * width),
            Self::AttnCProj => (width, width),
            Self::CFc => (width, inner),
            Self::MlpCProj => (inner, width),
        }
    }
}

/// A set of [`Target`]s.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Targets([bool; Target::ALL.len()]);

impl Targets {
    /// All four.
    #[must_use]
    pub fn all() -> Self {
        Self([true; Target::ALL.len()])
    }

    /// Those that a name of PEFT's `target_modules` means: whatever is called so, or ends so behind a dot. `c_proj` is
    /// two of them.
    ///
    /// # Errors
    /// [`LoraError::UnknownTarget`] when it is none.
    pub fn named(name: &str) -> Result<Self, LoraError> {
        let mut found = Self::default();
        for target in Target::ALL {
            let whole = target.name();
            found.0[target as usize] =
                whole == name || whole.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
        }
        if found.is_empty() { Err(LoraError::UnknownTarget { name: name.to_owned() }) } else { Ok(found) }
    }

    /// Whether one is among them.
    #[must_use]
    pub fn contains(self, target: Target) -> bool {
        self.0[target as usize]
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// Those of both.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at] || other.0[at]))
    }

    /// Those that are in it, in the order of [`Target::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Target> {
        Target::ALL.into_iter().filter(move |&target| self.contains(target))
    }
}

impl FromIterator<Target> for Targets {
    fn from_iter<I: IntoIterator<Item = Target>>(targets: I) -> Self {
        let mut all = Self::default();
        targets.into_iter().for_each(|target| all.0[target as usize] = true);
        all
    }
}

impl FromStr for Targets {
    type Err = LoraError;

    /// Names as in `target_modules`, with commas between them, or `all`.
    fn from_str(names: &str) -> Result<Self, LoraError> {
        if names.trim() == "all" {
            return Ok(Self::all());
        }
        names.split(',').try_fold(Self::default(), |all, name| Ok(all.with(Self::named(name.trim())?)))
    }
}

impl fmt::Display for Targets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.iter().map(Target::name).collect();
        f.write_str(&names.join(","))
    }
}

/// Rank, scale and targets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoraConfig {
    /// Columns of A and rows of B: how much it can hold. **Default** 8.
    pub rank: usize,
    /// With the rank, how much what it learned counts. **Default** 16.
    pub alpha: f32,
    /// Divide `alpha` by the root of the rank instead of the rank (Kalajdzievski 2023). **Default** false.
    pub root: bool,
    /// Matrices that it changes. **Default** all four.
    pub targets: Targets,
}

impl Default for LoraConfig {
    fn default() -> Self {
        Self { rank: 8, alpha: 16.0, root: false, targets: Targets::all() }
    }
}

impl LoraConfig {
    /// What `(x A) B` is multiplied with.
    #[must_use]
    pub fn scale(&self) -> f32 {
        let rank = self.rank as f32;
        self.alpha / if self.root { rank.sqrt() } else { rank }
    }

    /// Whether it can be.
    ///
    /// # Errors
    /// A rank of 0, a scale that is no number, no targets.
    pub fn check(&self) -> Result<(), LoraError> {
        let wrong = |field: &'static str, found: String, expected: &str| {
            Err(LoraError::Setting { field, found, expected: expected.to_owned() })
        };
        if self.rank == 0 {
            return wrong("r", "0".into(), "a rank of at least 1");
        }
        if !self.scale().is_finite() {
            return wrong("lora_alpha", self.alpha.to_string(), "a number");
        }
        if self.targets.is_empty() {
            return wrong("target_modules", "nothing".into(), "at least one of c_attn, attn.c_proj, c_fc, mlp.c_proj");
        }
        Ok(())
    }
}
