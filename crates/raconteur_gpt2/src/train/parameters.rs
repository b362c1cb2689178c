//! All numbers that are learned, in one vector: the optimiser and the checkpoints see nothing else.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use rand_core::RngCore;
use rand_pcg::Pcg64;

use crate::config::Gpt2Config;
use crate::error::Gpt2Error;
use crate::weights::Checkpoint;

/// One tensor of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    /// Name in a Hugging Face checkpoint, without `transformer.`.
    pub name: String,
    /// Shape as it is stored there: matrices of a block are `[inputs, outputs]`.
    pub shape: Vec<usize>,
    /// Its place in the vector.
    pub place: Range<usize>,
}

impl Tensor {
    /// Whether it is a matrix: those decay, and biases and norms do not.
    #[must_use]
    pub fn is_matrix(&self) -> bool {
        self.shape.len() == 2
    }
}

/// Where each tensor of a model lies in the vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    tensors: Vec<Tensor>,
    pub(super) wte: Range<usize>,
    pub(super) wpe: Range<usize>,
    pub(super) blocks: Vec<BlockLayout>,
    pub(super) ln_f: Affine,
    /// The head, where it is not the token embedding.
    pub(super) lm_head: Option<Range<usize>>,
    len: usize,
}

/// A weight and a bias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Affine {
    pub weight: Range<usize>,
    pub bias: Range<usize>,
}

/// Tensors of one block, by their names in a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BlockLayout {
    pub ln_1: Affine,
    pub c_attn: Affine,
    pub attn_c_proj: Affine,
    pub ln_2: Affine,
    pub c_fc: Affine,
    pub mlp_c_proj: Affine,
}

impl Layout {
    /// The tensors of a model of this shape, in the order of a checkpoint.
    #[must_use]
    pub fn new(config: &Gpt2Config) -> Self {
        let (width, inner) = (config.n_embd, config.inner());
        let mut tensors: Vec<Tensor> = Vec::new();
        let mut len = 0;
        let mut add = |name: String, shape: Vec<usize>| {
            let place = len..len + shape.iter().product::<usize>();
            len = place.end;
            tensors.push(Tensor { name, shape, place: place.clone() });
            place
        };
        let wte = add("wte.weight".into(), vec![config.vocab_size, width]);
        let wpe = add("wpe.weight".into(), vec![config.n_positions, width]);
        let mut affine = |name: String, shape: Vec<usize>| {
            let outputs = shape.last().copied().unwrap_or(0);
            Affine { weight: add(format!("{name}.weight"), shape), bias: add(format!("{name}.bias"), vec![outputs]) }
        };
        let blocks = (0..config.n_layer)
            .map(|at| BlockLayout {
                ln_1: affine(format!("h.{at}.ln_1"), vec![width]),
                c_attn: affine(format!("h.{at}.attn.c_attn"), vec![width, 3 * width]),
                attn_c_proj: affine(format!("h.{at}.attn.c_proj"), vec![width, width]),
                ln_2: affine(format!("h.{at}.ln_2"), vec![width]),
                c_fc: affine(format!("h.{at}.mlp.c_fc"), vec![width, inner]),
                mlp_c_proj: affine(format!("h.{at}.mlp.c_proj"), vec![inner, width]),
            })
            .collect();
        let ln_f = affine("ln_f".into(), vec![width]);
        let lm_head =
            (!config.tie_word_embeddings).then(|| add("lm_head.weight".into(), vec![config.vocab_size, width]));
        Self { tensors, wte, wpe, blocks, ln_f, lm_head, len }
    }

    /// Tensors that are no whole model, one behind the other: name and shape of each.
    pub(super) fn of(tensors: Vec<(String, Vec<usize>)>) -> Self {
        let mut len = 0;
        let place = |(name, shape): (String, Vec<usize>)| {
            let place = len..len + shape.iter().product::<usize>();
            len = place.end;
            Tensor { name, shape, place }
        };
        let tensors: Vec<Tensor> = tensors.into_iter().map(place).collect();
        let none = Affine { weight: 0..0, bias: 0..0 };
        Self { tensors, wte: 0..0, wpe: 0..0, blocks: Vec::new(), ln_f: none, lm_head: None, len }
    }

    /// The tensors, in their order.
    #[must_use]
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// Number of parameters.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// The parameters of a model, or something of the same shape: gradients, moments.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    layout: Arc<Layout>,
    /// All numbers, `[layout.len()]`.
    pub values: Vec<f32>,
}

impl Parameters {
    /// All zero.
    #[must_use]
    pub fn zeros(layout: Arc<Layout>) -> Self {
        let values = vec![0.0; layout.len()];
        Self { layout, values }
    }

    /// As GPT-2 starts: normal noise of deviation 0.02, `0.02 / sqrt(2 n_layer)` in the projections that add to the
    /// residual stream, norms 1, biases 0. (Radford et al. 2019, section 2.3; `OpenAI`'s `model.py`.)
    #[must_use]
    pub fn initial(config: &Gpt2Config, seed: u64) -> Self {
        let mut all = Self::zeros(Arc::new(Layout::new(config)));
        let residual = 0.02 / (2.0 * config.n_layer.max(1) as f32).sqrt();
        let mut rng = Pcg64::new(u128::from(seed), 0xa02b_dbf7_bb3c_0a7a_c28f_a16a_64ab_f96f);
        for tensor in all.layout.tensors() {
            let values = &mut all.values[tensor.place.clone()];
            if tensor.is_matrix() {
                let deviation = if tensor.name.ends_with("c_proj.weight") { residual } else { 0.02 };
                values.iter_mut().for_each(|x| *x = deviation * normal(&mut rng));
            } else if tensor.name.contains("ln_") && tensor.name.ends_with("weight") {
                values.fill(1.0);
            }
        }
        all
    }

    /// Those of a Hugging Face folder.
    ///
    /// # Errors
    /// What [`Gpt2Error`] says about files, shapes and numbers.
    pub fn load(dir: &Path, config: &Gpt2Config) -> Result<Self, Gpt2Error> {
        let checkpoint = Checkpoint::open(dir)?;
        let mut all = Self::zeros(Arc::new(Layout::new(config)));
        for tensor in all.layout.tensors() {
            let stored = checkpoint.tensor(&tensor.name, &tensor.shape)?;
            stored.read(0, &mut all.values[tensor.place.clone()])?;
        }
        Ok(all)
    }

    /// Where the tensors lie.
    #[must_use]
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }
}

/// A standard normal number, by Box and Muller (1958).
fn normal(rng: &mut Pcg64) -> f32 {
    // In (0, 1]: the logarithm of 0 is infinite.
    let mut even = || ((rng.next_u64() >> 11) + 1) as f64 / (1u64 << 53) as f64;
    let (radius, angle) = ((-2.0 * even().ln()).sqrt(), std::f64::consts::TAU * even());
    (radius * angle.cos()) as f32
}
