//! Networks of other programs, built from the layers that their files hold. For evaluation only.
//!
//! All of them have one form: each modality's vector goes through a branch, which may be empty, and
//! heads on one or both of the results give logits, whose weighted sum is the network's.

use burn::tensor::{Device, Tensor, activation::relu};

use super::{
    Sizes, Visitor,
    layers::{BatchNorm, Linear, Pass},
};

/// A network as plain numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Blueprint {
    pub audio: Vec<Layer>,
    pub video: Vec<Layer>,
    pub heads: Vec<Head>,
}

/// What gives logits.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    pub input: Input,
    /// Of its logits in the sum.
    pub weight: f64,
    pub layers: Vec<Layer>,
}

/// The branches that a head listens to; of both, audio stands first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    Audio,
    Video,
    Both,
}

/// One layer, with its key in the file.
#[derive(Clone, Debug, PartialEq)]
pub enum Layer {
    /// `weight` is row-major `[out, in]`.
    Linear {
        key: String,
        weight: Vec<f32>,
        bias: Vec<f32>,
    },
    /// Weight, bias, running mean and running variance, each `[width]`; and the batches seen.
    BatchNorm {
        key: String,
        values: Box<[Vec<f32>; 4]>,
        batches: u64,
    },
    Relu,
}

impl Layer {
    /// (in, out) of a layer that has a width of its own.
    #[must_use]
    pub fn widths(&self) -> Option<(usize, usize)> {
        match self {
            Self::Linear { weight, bias, .. } => Some((weight.len() / bias.len().max(1), bias.len())),
            Self::BatchNorm { values, .. } => Some((values[0].len(), values[0].len())),
            Self::Relu => None,
        }
    }
}

impl Blueprint {
    /// Every layer, those of the branches first.
    pub fn layers(&self) -> impl Iterator<Item = &Layer> {
        self.audio.iter().chain(&self.video).chain(self.heads.iter().flat_map(|head| &head.layers))
    }

    /// Number of trainable parameters.
    #[must_use]
    pub fn parameters(&self) -> usize {
        let count = |layer: &Layer| match layer {
            Layer::Linear { weight, bias, .. } => weight.len() + bias.len(),
            Layer::BatchNorm { values, .. } => values[0].len() + values[1].len(),
            Layer::Relu => 0,
        };
        self.layers().map(count).sum()
    }

    /// Number of classes that it tells apart.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.heads.first().map_or(0, |head| output(&head.layers, 0))
    }

    /// Whether vectors and classes of these sizes fit.
    ///
    /// # Errors
    /// Which of them does not.
    pub fn check(&self, sizes: Sizes) -> Result<(), String> {
        let hears = |input| self.heads.iter().any(|head| head.input == input || head.input == Input::Both);
        for (name, heard, layers, width) in [
            ("audio", hears(Input::Audio), &self.audio, sizes.audio),
            ("video", hears(Input::Video), &self.video, sizes.video),
        ] {
            let expected = input(layers).unwrap_or(width);
            if heard && expected != width {
                return Err(format!("the {name} vectors have {width} values, the network wants {expected}"));
            }
        }
        let (audio, video) = (output(&self.audio, sizes.audio), output(&self.video, sizes.video));
        for head in &self.heads {
            let width = match head.input {
                Input::Audio => audio,
                Input::Video => video,
                Input::Both => audio + video,
            };
            let expected = input(&head.layers).unwrap_or(width);
            if expected != width {
                return Err(format!("a head of the network wants {expected} values and gets {width}"));
            }
        }
        if self.classes() != sizes.classes {
            return Err(format!("the network knows {} classes, the data has {}", self.classes(), sizes.classes));
        }
        Ok(())
    }
}

/// Width that `layers` want; none where they take any.
fn input(layers: &[Layer]) -> Option<usize> {
    layers.iter().find_map(Layer::widths).map(|(input, _)| input)
}

/// Width that `layers` give for an `input` of that width.
fn output(layers: &[Layer], input: usize) -> usize {
    layers.iter().rev().find_map(Layer::widths).map_or(input, |(_, output)| output)
}

/// A network on a device.
#[derive(Clone, Debug)]
pub struct Imported {
    audio: Vec<Stage>,
    video: Vec<Stage>,
    heads: Vec<(Input, f64, Vec<Stage>)>,
}

#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "there are a dozen of them")]
enum Stage {
    Linear(String, Linear),
    BatchNorm(String, BatchNorm),
    Relu,
}

impl Imported {
    /// The network of `blueprint`, which fits the data: see [`Blueprint::check`].
    #[must_use]
    pub fn new(blueprint: &Blueprint, device: &Device) -> Self {
        let device = device.clone().without_autodiff();
        let stages = |layers: &[Layer]| layers.iter().map(|layer| Stage::new(layer, &device)).collect::<Vec<_>>();
        Self {
            audio: stages(&blueprint.audio),
            video: stages(&blueprint.video),
            heads: blueprint.heads.iter().map(|head| (head.input, head.weight, stages(&head.layers))).collect(),
        }
    }

    /// `[batch, audio width]`, `[batch, video width]` → `[batch, classes]`
    pub fn forward(&mut self, audio: &Tensor<2>, video: &Tensor<2>) -> Tensor<2> {
        let embed_audio = through(&mut self.audio, audio.clone()); // [batch, audio embedding]
        let embed_video = through(&mut self.video, video.clone()); // [batch, video embedding]
        let logits = self.heads.iter_mut().map(|(input, weight, stages)| {
            let x = match input {
                Input::Audio => embed_audio.clone(),
                Input::Video => embed_video.clone(),
                Input::Both => Tensor::cat(vec![embed_audio.clone(), embed_video.clone()], 1),
            };
            through(stages, x) * *weight // [batch, classes]
        });
        logits.reduce(|sum, logits| sum + logits).unwrap_or(embed_audio)
    }

    pub fn visit(&mut self, visitor: &mut Visitor<'_>) {
        let heads = self.heads.iter_mut().flat_map(|(_, _, stages)| stages);
        for stage in self.audio.iter_mut().chain(&mut self.video).chain(heads) {
            match stage {
                Stage::Linear(key, linear) => linear.visit(key, visitor),
                Stage::BatchNorm(key, norm) => norm.visit(key, visitor),
                Stage::Relu => {}
            }
        }
    }
}

impl Stage {
    fn new(layer: &Layer, device: &Device) -> Self {
        match layer {
            Layer::Linear { key, weight, bias } => {
                Self::Linear(key.clone(), Linear::from_values(weight.clone(), bias.clone(), device))
            }
            Layer::BatchNorm { key, values, batches } => {
                Self::BatchNorm(key.clone(), BatchNorm::from_values((**values).clone(), *batches, device))
            }
            Layer::Relu => Self::Relu,
        }
    }
}

fn through(stages: &mut [Stage], x: Tensor<2>) -> Tensor<2> {
    stages.iter_mut().fold(x, |x, stage| match stage {
        Stage::Linear(_, linear) => linear.forward(x),
        Stage::BatchNorm(_, norm) => norm.forward(x, &Pass::Evaluate),
        Stage::Relu => relu(x),
    })
}
