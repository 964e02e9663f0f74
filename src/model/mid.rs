//! Mid fusion, the baseline: the two embeddings are concatenated.

use burn::tensor::{Device, Tensor};

use super::{
    Rng, Sizes, Visitor,
    embedding::{Embedding, Head},
    layers::Pass,
};
use crate::config::ModelConfig;

/// `cat(E_a, E_v)` → head.
#[derive(Clone, Debug)]
pub struct Mid {
    audio: Embedding,
    video: Embedding,
    head: Head,
}

impl Mid {
    #[must_use]
    pub fn new(config: &ModelConfig, sizes: Sizes, device: &Device, rng: &mut Rng) -> Self {
        Self {
            audio: Embedding::new(config, sizes.audio, device, rng),
            video: Embedding::new(config, sizes.video, device, rng),
            head: Head::new(config, 2 * config.embedding, sizes.classes, device, rng),
        }
    }

    /// `[batch, audio width]`, `[batch, video width]` → `[batch, classes]`
    pub fn forward(&mut self, audio: Tensor<2>, video: Tensor<2>, pass: &mut Pass<'_>) -> Tensor<2> {
        let audio = self.audio.forward(audio, pass); // [batch, embedding]
        let video = self.video.forward(video, pass); // [batch, embedding]
        self.head.forward(Tensor::cat(vec![audio, video], 1))
    }

    pub fn visit(&mut self, visitor: &mut Visitor<'_>) {
        self.audio.visit("audio_embed", visitor);
        self.video.visit("video_embed", visitor);
        self.head.visit("outputlayer", visitor);
    }
}
