//! Late fusion: each modality decides for itself, and the logits are averaged.

use burn::tensor::{Device, Tensor};

use super::{
    Rng, Sizes, Visitor,
    embedding::{Embedding, Head},
    layers::Pass,
};
use crate::config::ModelConfig;

/// `(head_a(E_a) + head_v(E_v)) / 2`.
#[derive(Clone, Debug)]
pub struct Late {
    audio: Embedding,
    video: Embedding,
    audio_head: Head,
    video_head: Head,
}

impl Late {
    #[must_use]
    pub fn new(config: &ModelConfig, sizes: Sizes, device: &Device, rng: &mut Rng) -> Self {
        Self {
            audio: Embedding::new(config, sizes.audio, device, rng),
            video: Embedding::new(config, sizes.video, device, rng),
            audio_head: Head::new(config, config.embedding, sizes.classes, device, rng),
            video_head: Head::new(config, config.embedding, sizes.classes, device, rng),
        }
    }

    /// `[batch, audio width]`, `[batch, video width]` → `[batch, classes]`
    pub fn forward(&mut self, audio: Tensor<2>, video: Tensor<2>, pass: &mut Pass<'_>) -> Tensor<2> {
        let (audio, video) = self.embed(audio, video, pass);
        self.decide(audio, video)
    }

    /// Both embeddings, each `[batch, embedding]`.
    pub fn embed(&mut self, audio: Tensor<2>, video: Tensor<2>, pass: &mut Pass<'_>) -> (Tensor<2>, Tensor<2>) {
        (self.audio.forward(audio, pass), self.video.forward(video, pass))
    }

    /// The mean of the two heads' logits, `[batch, classes]`.
    #[must_use]
    pub fn decide(&self, audio: Tensor<2>, video: Tensor<2>) -> Tensor<2> {
        (self.audio_head.forward(audio) + self.video_head.forward(video)) / 2.0
    }

    pub fn visit(&mut self, visitor: &mut Visitor<'_>) {
        self.audio.visit("audio_embed", visitor);
        self.video.visit("video_embed", visitor);
        self.audio_head.visit("audio_output", visitor);
        self.video_head.visit("video_output", visitor);
    }
}
