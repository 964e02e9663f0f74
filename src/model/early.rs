//! Early fusion: the two vectors are concatenated before anything is learned of either.

use burn::tensor::{Device, Tensor};

use super::{
    Rng, Sizes, Visitor,
    layers::{BatchNorm, Linear, Pass, norm_relu_dropout},
};
use crate::config::ModelConfig;

/// cat(a, v) → three blocks of Linear – BatchNorm – ReLU – Dropout → Linear → Linear.
#[derive(Clone, Debug)]
pub struct Early {
    blocks: [(Linear, BatchNorm); 3],
    hidden: Linear,
    output: Linear,
}

impl Early {
    #[must_use]
    pub fn new(config: &ModelConfig, sizes: Sizes, device: &Device, rng: &mut Rng) -> Self {
        let [first, second, third, last] = config.early_hidden;
        let mut block = |input, output| (Linear::new(input, output, device, rng), BatchNorm::new(output, device));
        Self {
            blocks: [block(sizes.audio + sizes.video, first), block(first, second), block(second, third)],
            hidden: Linear::new(third, last, device, rng),
            output: Linear::new(last, sizes.classes, device, rng),
        }
    }

    /// `[batch, audio width]`, `[batch, video width]` → `[batch, classes]`
    pub fn forward(&mut self, audio: Tensor<2>, video: Tensor<2>, pass: &mut Pass<'_>) -> Tensor<2> {
        let mut x = Tensor::cat(vec![audio, video], 1); // [batch, audio width + video width]
        for (linear, norm) in &mut self.blocks {
            x = norm_relu_dropout(norm, linear.forward(x), pass);
        }
        self.output.forward(self.hidden.forward(x))
    }

    pub fn visit(&mut self, visitor: &mut Visitor<'_>) {
        for (index, (linear, norm)) in self.blocks.iter_mut().enumerate() {
            // Each block takes four places of the framework's `Sequential`.
            linear.visit(&format!("early_output.{}", 4 * index), visitor);
            norm.visit(&format!("early_output.{}", 4 * index + 1), visitor);
        }
        self.hidden.visit("early_output.12", visitor);
        self.output.visit("early_output.13", visitor);
    }
}
