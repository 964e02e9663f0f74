//! Hybrid fusion: late and mid fusion side by side on the same embeddings.

use burn::tensor::{Device, Tensor};

use super::{Late, Rng, Sizes, Visitor, embedding::Head, layers::Pass};
use crate::config::ModelConfig;

/// `w_l · late + w_m · mid`, on shared `E_a` and `E_v`.
#[derive(Clone, Debug)]
pub struct Hybrid {
    late: Late,
    mid_head: Head,
    late_weight: f64,
    mid_weight: f64,
}

impl Hybrid {
    #[must_use]
    pub fn new(config: &ModelConfig, sizes: Sizes, device: &Device, rng: &mut Rng) -> Self {
        Self {
            late: Late::new(config, sizes, device, rng),
            mid_head: Head::new(config, 2 * config.embedding, sizes.classes, device, rng),
            late_weight: config.hybrid_late,
            mid_weight: config.hybrid_mid,
        }
    }

    /// `[batch, audio width]`, `[batch, video width]` → `[batch, classes]`
    pub fn forward(&mut self, audio: Tensor<2>, video: Tensor<2>, pass: &mut Pass<'_>) -> Tensor<2> {
        let (audio, video) = self.late.embed(audio, video, pass);
        let mid = self.mid_head.forward(Tensor::cat(vec![audio.clone(), video.clone()], 1)); // [batch, classes]
        let late = self.late.decide(audio, video); // [batch, classes]
        late * self.late_weight + mid * self.mid_weight
    }

    pub fn visit(&mut self, visitor: &mut Visitor<'_>) {
        self.late.visit(visitor);
        self.mid_head.visit("outputlayer", visitor);
    }
}
