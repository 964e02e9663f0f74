//! The layers: linear, batch normalisation, dropout, with PyTorch's arithmetic and key names.

use burn::tensor::{
    Device, Tensor, TensorData,
    activation::relu,
    module::{batch_norm, batch_norm_train, linear},
};
use rand::{Rng as _, RngExt as _};

use super::Rng;

/// PyTorch's default for `BatchNorm1d`.
const BATCH_NORM_EPSILON: f64 = 1e-5;
/// Share of the newest batch in the running statistics, PyTorch's default.
const BATCH_NORM_MOMENTUM: f64 = 0.1;

/// One tensor or counter of a model, as [`super::Fusion::visit`] hands it out.
#[derive(Debug)]
pub enum Leaf<'a> {
    /// Trainable, `[in, out]`; PyTorch keeps its transpose.
    Weight(&'a mut Tensor<2>),
    /// Trainable, `[width]`.
    Vector(&'a mut Tensor<1>),
    /// Not trainable, `[width]`.
    Buffer(&'a mut Tensor<1>),
    /// Not trainable, a 64-bit scalar in PyTorch.
    Count(&'a mut u64),
}

/// Called with a PyTorch key and what stands under it.
pub type Visitor<'v> = dyn FnMut(&str, Leaf<'_>) + 'v;

/// What a forward pass is for.
#[derive(Debug)]
pub enum Pass<'r> {
    /// Batch statistics, running statistics updated, dropout.
    Train(Dropout<'r>),
    /// Running statistics, no dropout.
    Evaluate,
}

/// Fully connected layer: `x · W + b`.
#[derive(Clone, Debug)]
pub struct Linear {
    weight: Tensor<2>,
    bias: Tensor<1>,
}

impl Linear {
    #[must_use]
    pub fn new(input: usize, output: usize, device: &Device, rng: &mut Rng) -> Self {
        let bound = 1.0 / (input as f32).sqrt();
        let mut draw = |count: usize| (0..count).map(|_| rng.random_range(-bound..bound)).collect::<Vec<f32>>();
        let weight = TensorData::new(draw(input * output), [input, output]);
        let bias = TensorData::new(draw(output), [output]);
        Self { weight: trainable(Tensor::from_data(weight, device)), bias: trainable(Tensor::from_data(bias, device)) }
    }

    /// A layer of known values: `weight` is row-major `[out, in]`, as PyTorch keeps it.
    #[must_use]
    pub fn from_values(weight: Vec<f32>, bias: Vec<f32>, device: &Device) -> Self {
        let output = bias.len();
        let input = weight.len() / output.max(1);
        let weight: Tensor<2> = Tensor::from_data(TensorData::new(weight, [output, input]), device);
        Self { weight: weight.transpose(), bias: vector(bias, device) }
    }

    /// `[batch, in]` → `[batch, out]`
    #[must_use]
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        linear(x, self.weight.clone(), Some(self.bias.clone()))
    }

    pub fn visit(&mut self, key: &str, visitor: &mut Visitor<'_>) {
        visitor(&format!("{key}.weight"), Leaf::Weight(&mut self.weight));
        visitor(&format!("{key}.bias"), Leaf::Vector(&mut self.bias));
    }
}

/// Batch normalisation over the batch of each of `width` features.
#[derive(Clone, Debug)]
pub struct BatchNorm {
    weight: Tensor<1>,
    bias: Tensor<1>,
    running_mean: Tensor<1>,
    running_var: Tensor<1>,
    /// Batches seen; PyTorch counts them, so its checkpoints hold the number.
    batches: u64,
}

impl BatchNorm {
    #[must_use]
    pub fn new(width: usize, device: &Device) -> Self {
        let plain = device.clone().without_autodiff();
        Self {
            weight: trainable(Tensor::ones([width], device)),
            bias: trainable(Tensor::zeros([width], device)),
            running_mean: Tensor::zeros([width], &plain),
            running_var: Tensor::ones([width], &plain),
            batches: 0,
        }
    }

    /// A layer of known values, each list `[width]`: weight, bias, running mean, running variance.
    #[must_use]
    pub fn from_values([weight, bias, mean, var]: [Vec<f32>; 4], batches: u64, device: &Device) -> Self {
        Self {
            weight: vector(weight, device),
            bias: vector(bias, device),
            running_mean: vector(mean, device),
            running_var: vector(var, device),
            batches,
        }
    }

    /// `[batch, width]` → `[batch, width]`
    pub fn forward(&mut self, x: Tensor<2>, pass: &Pass<'_>) -> Tensor<2> {
        let (weight, bias) = (self.weight.clone(), self.bias.clone());
        if let Pass::Evaluate = pass {
            let (mean, var) = (self.running_mean.clone(), self.running_var.clone());
            return batch_norm(x, weight, bias, mean, var, BATCH_NORM_EPSILON);
        }
        let [batch, _] = x.dims();
        let normalised = batch_norm_train(x, weight, bias, BATCH_NORM_EPSILON);
        self.batches += 1;
        self.running_mean = running(&self.running_mean, normalised.mean.inner(), 1.0);
        // A batch of one clip has no unbiased variance: its statistics say nothing and are left out.
        if batch > 1 {
            let unbiased = batch as f64 / (batch - 1) as f64;
            self.running_var = running(&self.running_var, normalised.variance.inner(), unbiased);
        }
        normalised.output
    }

    pub fn visit(&mut self, key: &str, visitor: &mut Visitor<'_>) {
        visitor(&format!("{key}.weight"), Leaf::Vector(&mut self.weight));
        visitor(&format!("{key}.bias"), Leaf::Vector(&mut self.bias));
        visitor(&format!("{key}.running_mean"), Leaf::Buffer(&mut self.running_mean));
        visitor(&format!("{key}.running_var"), Leaf::Buffer(&mut self.running_var));
        visitor(&format!("{key}.num_batches_tracked"), Leaf::Count(&mut self.batches));
    }
}

fn vector(values: Vec<f32>, device: &Device) -> Tensor<1> {
    let width = values.len();
    Tensor::from_data(TensorData::new(values, [width]), device)
}

fn running(old: &Tensor<1>, new: Tensor<1>, scale: f64) -> Tensor<1> {
    old.clone() * (1.0 - BATCH_NORM_MOMENTUM) + new * (BATCH_NORM_MOMENTUM * scale)
}

/// Dropout with masks from the run's own generator: Burn's CPU generator is one for the whole
/// process, and two runs that share it could not be repeated.
#[derive(Debug)]
pub struct Dropout<'r> {
    pub probability: f64,
    pub rng: &'r mut Rng,
}

impl Dropout<'_> {
    /// Zero each element with the probability and scale the rest, so that the expectation stays.
    #[must_use]
    pub fn forward(&mut self, x: Tensor<2>) -> Tensor<2> {
        if self.probability == 0.0 {
            return x;
        }
        let [batch, width] = x.dims();
        // 16 random bits decide each element; the probability is rounded to what they can tell, and
        // the scale follows it.
        let outcomes = f64::from(1_u32 << 16);
        let threshold = (self.probability * outcomes).round().min(outcomes - 1.0) as u32;
        let keep = (outcomes / (outcomes - f64::from(threshold))) as f32;
        let mut draws = vec![0_u8; 2 * batch * width];
        self.rng.fill_bytes(&mut draws);
        let (draws, _) = draws.as_chunks();
        let kept = |&draw| if u32::from(u16::from_le_bytes(draw)) < threshold { 0.0 } else { keep };
        let mask: Vec<f32> = draws.iter().map(kept).collect();
        let mask = Tensor::from_data(TensorData::new(mask, [batch, width]), &x.device());
        x * mask
    }
}

/// BatchNorm, ReLU, dropout: what stands between two linear layers of an embedding network.
pub fn norm_relu_dropout(norm: &mut BatchNorm, x: Tensor<2>, pass: &mut Pass<'_>) -> Tensor<2> {
    let x = relu(norm.forward(x, pass));
    match pass {
        Pass::Train(dropout) => dropout.forward(x),
        Pass::Evaluate => x,
    }
}

/// A tensor that gradients are kept for, where its device differentiates.
#[must_use]
pub fn trainable<const D: usize>(tensor: Tensor<D>) -> Tensor<D> {
    if tensor.is_autodiff() { tensor.require_grad() } else { tensor }
}
