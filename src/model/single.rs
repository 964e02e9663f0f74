//! One modality alone: what fusion has to beat.

use burn::tensor::{Device, Tensor};

use super::{
    Rng, Sizes, Visitor,
    embedding::{Embedding, Head},
    layers::Pass,
};
use crate::config::{Mode, ModelConfig};

/// E → head, of one modality. The other embedding is there, untrained, because the framework's
/// checkpoints of these two modes hold both.
#[derive(Clone, Debug)]
pub struct Single {
    audio: Embedding,
    video: Embedding,
    head: Head,
    listens: bool,
}

impl Single {
    #[must_use]
    pub fn new(config: &ModelConfig, sizes: Sizes, device: &Device, rng: &mut Rng) -> Self {
        Self {
            audio: Embedding::new(config, sizes.audio, device, rng),
            video: Embedding::new(config, sizes.video, device, rng),
            head: Head::new(config, config.embedding, sizes.classes, device, rng),
            listens: config.mode == Mode::Audio,
        }
    }

    /// `[batch, audio width]`, `[batch, video width]` → `[batch, classes]`
    pub fn forward(&mut self, audio: Tensor<2>, video: Tensor<2>, pass: &mut Pass<'_>) -> Tensor<2> {
        let embedding = if self.listens { self.audio.forward(audio, pass) } else { self.video.forward(video, pass) };
        self.head.forward(embedding)
    }

    pub fn visit(&mut self, visitor: &mut Visitor<'_>) {
        self.audio.visit("audio_embed", visitor);
        self.video.visit("video_embed", visitor);
        self.head.visit("outputlayer", visitor);
    }
}
