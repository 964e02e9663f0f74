//! The fusion models, one file a mode, on mean-pooled and normalised vectors.
//!
//! A model is plain structs of tensors. [`Fusion::visit`] walks them under the keys that PyTorch
//! gives them, which is all that the optimiser and the checkpoints need to know.

pub mod early;
pub mod embedding;
pub mod hybrid;
pub mod imported;
pub mod late;
pub mod layers;
pub mod mid;
pub mod single;

pub use early::Early;
pub use hybrid::Hybrid;
pub use imported::{Blueprint, Imported};
pub use late::Late;
pub use layers::{Dropout, Leaf, Pass, Visitor};
pub use mid::Mid;
pub use single::Single;

use burn::tensor::{Device, Tensor};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::config::{Mode, ModelConfig};

/// Random numbers of a run: one generator, so that a seed means the same on every backend.
pub type Rng = Xoshiro256PlusPlus;

/// The sizes that the data dictates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    pub audio: usize,
    pub video: usize,
    pub classes: usize,
}

/// A model of any mode.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "there are two of them at a time, and their tensors lie elsewhere")]
pub enum Fusion {
    Early(Early),
    Mid(Mid),
    Late(Late),
    Hybrid(Hybrid),
    Single(Single),
    /// A network of another program; it is never trained.
    Imported(Imported),
}

impl Fusion {
    /// A freshly initialised model; weights and biases are drawn from `U(±1/√fan_in)`, as
    /// PyTorch's `Linear` does. With an autodiff `device` it can be trained.
    #[must_use]
    pub fn new(config: &ModelConfig, sizes: Sizes, device: &Device, rng: &mut Rng) -> Self {
        match config.mode {
            Mode::Early => Self::Early(Early::new(config, sizes, device, rng)),
            Mode::Mid => Self::Mid(Mid::new(config, sizes, device, rng)),
            Mode::Late => Self::Late(Late::new(config, sizes, device, rng)),
            Mode::Hybrid => Self::Hybrid(Hybrid::new(config, sizes, device, rng)),
            Mode::Audio | Mode::Video => Self::Single(Single::new(config, sizes, device, rng)),
        }
    }

    /// Logits of a batch.
    ///
    /// # Shapes
    /// audio: `[batch, audio width]`, video: `[batch, video width]` → `[batch, classes]`
    pub fn forward(&mut self, audio: Tensor<2>, video: Tensor<2>, pass: &mut Pass<'_>) -> Tensor<2> {
        match self {
            Self::Early(model) => model.forward(audio, video, pass),
            Self::Mid(model) => model.forward(audio, video, pass),
            Self::Late(model) => model.forward(audio, video, pass),
            Self::Hybrid(model) => model.forward(audio, video, pass),
            Self::Single(model) => model.forward(audio, video, pass),
            Self::Imported(model) => model.forward(&audio, &video),
        }
    }

    /// Call `visitor` on every tensor with its PyTorch key, always in the same order.
    pub fn visit(&mut self, visitor: &mut Visitor<'_>) {
        match self {
            Self::Early(model) => model.visit(visitor),
            Self::Mid(model) => model.visit(visitor),
            Self::Late(model) => model.visit(visitor),
            Self::Hybrid(model) => model.visit(visitor),
            Self::Single(model) => model.visit(visitor),
            Self::Imported(model) => model.visit(visitor),
        }
    }

    /// The same weights without automatic differentiation, for validation and test.
    #[must_use]
    pub fn inference(&self) -> Self {
        let mut model = self.clone();
        model.visit(&mut |_, leaf| match leaf {
            Leaf::Weight(tensor) => *tensor = tensor.clone().inner(),
            Leaf::Vector(tensor) | Leaf::Buffer(tensor) => *tensor = tensor.clone().inner(),
            Leaf::Count(_) => {}
        });
        model
    }

    /// Number of trainable parameters, those of an unused branch included.
    #[must_use]
    pub fn parameters(&self) -> usize {
        let mut total = 0;
        self.clone().visit(&mut |_, leaf| match leaf {
            Leaf::Weight(tensor) => total += tensor.shape().num_elements(),
            Leaf::Vector(tensor) => total += tensor.shape().num_elements(),
            Leaf::Buffer(_) | Leaf::Count(_) => {}
        });
        total
    }
}
