//! The parts that several modes share: the embedding network and the head.

use burn::tensor::{Device, Tensor};

use super::{
    Rng, Visitor,
    layers::{BatchNorm, Linear, Pass, norm_relu_dropout},
};
use crate::config::ModelConfig;

/// `E` = Linear – BatchNorm – ReLU – Dropout – Linear: one modality's vector to its embedding.
#[derive(Clone, Debug)]
pub struct Embedding {
    hidden: Linear,
    norm: BatchNorm,
    output: Linear,
}

impl Embedding {
    #[must_use]
    pub fn new(config: &ModelConfig, input: usize, device: &Device, rng: &mut Rng) -> Self {
        Self {
            hidden: Linear::new(input, config.hidden, device, rng),
            norm: BatchNorm::new(config.hidden, device),
            output: Linear::new(config.hidden, config.embedding, device, rng),
        }
    }

    /// `[batch, in]` → `[batch, embedding]`
    pub fn forward(&mut self, x: Tensor<2>, pass: &mut Pass<'_>) -> Tensor<2> {
        let x = self.hidden.forward(x); // [batch, hidden]
        let x = norm_relu_dropout(&mut self.norm, x, pass);
        self.output.forward(x) // [batch, embedding]
    }

    /// The indices are those of the framework's `Sequential`; ReLU and dropout hold 2 and 3.
    pub fn visit(&mut self, key: &str, visitor: &mut Visitor<'_>) {
        self.hidden.visit(&format!("{key}.0"), visitor);
        self.norm.visit(&format!("{key}.1"), visitor);
        self.output.visit(&format!("{key}.4"), visitor);
    }
}

/// Linear – Linear, without an activation between: an embedding to logits.
#[derive(Clone, Debug)]
pub struct Head {
    hidden: Linear,
    output: Linear,
}

impl Head {
    #[must_use]
    pub fn new(config: &ModelConfig, input: usize, classes: usize, device: &Device, rng: &mut Rng) -> Self {
        Self {
            hidden: Linear::new(input, config.head, device, rng),
            output: Linear::new(config.head, classes, device, rng),
        }
    }

    /// `[batch, in]` → `[batch, classes]`
    #[must_use]
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.output.forward(self.hidden.forward(x))
    }

    pub fn visit(&mut self, key: &str, visitor: &mut Visitor<'_>) {
        self.hidden.visit(&format!("{key}.0"), visitor);
        self.output.visit(&format!("{key}.1"), visitor);
    }
}
