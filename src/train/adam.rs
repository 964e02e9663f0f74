//! Adam with PyTorch's arithmetic.

use std::mem;

use anyhow::{Context as _, Result};
use burn::tensor::{Gradients, Tensor};
use rayon::prelude::*;

use crate::{
    config::TrainConfig,
    device::in_memory,
    model::{Fusion, Leaf},
};

/// `torch.optim.Adam`: weight decay is an L2 term added to the gradient, epsilon is added after the
/// bias correction. A parameter without a gradient is left alone, decay included.
///
/// Our own rather than Burn's, because a resumed run needs the moments under the parameters' names.
#[derive(Clone, Debug)]
pub struct Adam {
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    weight_decay: f64,
    /// State of each parameter that has ever had a gradient, under its PyTorch key.
    pub moments: Vec<Moments>,
}

/// Running means of a parameter's gradient and of its square, flattened in our layout.
#[derive(Clone, Debug)]
pub struct Moments {
    pub key: String,
    pub mean: Tensor<1>,
    pub square: Tensor<1>,
}

/// The factors of one step that all parameters share.
#[derive(Clone, Copy)]
struct Step {
    size: f64,
    root_correction: f64,
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    weight_decay: f64,
}

impl Adam {
    #[must_use]
    pub fn new(config: &TrainConfig) -> Self {
        Self {
            beta1: config.beta1,
            beta2: config.beta2,
            epsilon: config.epsilon,
            weight_decay: config.weight_decay,
            moments: Vec::new(),
        }
    }

    /// Take step number `number`, from 1: update every parameter of `model` that `gradients` holds a
    /// gradient of.
    ///
    /// # Errors
    /// If the device fails; the model is then not to be used any more.
    pub fn update(&mut self, model: &mut Fusion, gradients: &mut Gradients, lr: f64, number: u64) -> Result<()> {
        let steps = number as f64;
        let step = Step {
            size: lr / (1.0 - self.beta1.powf(steps)),
            root_correction: (1.0 - self.beta2.powf(steps)).sqrt(),
            beta1: self.beta1,
            beta2: self.beta2,
            epsilon: self.epsilon,
            weight_decay: self.weight_decay,
        };
        // The model is always visited in the same order, and so are the moments.
        let mut next = 0;
        let mut result = Ok(());
        model.visit(&mut |key, leaf| {
            let updated = match leaf {
                Leaf::Weight(tensor) => self.update_parameter(&mut next, key, tensor, gradients, step),
                Leaf::Vector(tensor) => self.update_parameter(&mut next, key, tensor, gradients, step),
                Leaf::Buffer(_) | Leaf::Count(_) => Ok(()),
            };
            if result.is_ok() {
                result = updated.with_context(|| format!("updating `{key}`"));
            }
        });
        result
    }

    fn update_parameter<const D: usize>(
        &mut self,
        next: &mut usize,
        key: &str,
        parameter: &mut Tensor<D>,
        gradients: &mut Gradients,
        step: Step,
    ) -> Result<()> {
        let Some(gradient) = parameter.grad_remove(gradients) else { return Ok(()) };
        let index = *next;
        *next += 1;
        let gradient = gradient.reshape([-1]);
        if self.moments.get(index).is_none_or(|moments| moments.key != key) {
            let (mean, square) = (gradient.zeros_like(), gradient.zeros_like());
            self.moments.insert(index, Moments { key: key.to_owned(), mean, square });
        }
        let shape = parameter.shape();
        let old = take(parameter).inner().reshape([-1]);
        let moments = &mut self.moments[index];
        let new = if in_memory(&old.device()) {
            fused(step, old, gradient, moments)?
        } else {
            composed(step, old, gradient, moments)
        };
        *parameter = new.reshape(shape).autodiff().require_grad();
        Ok(())
    }
}

/// The update in tensor operations, for devices with a memory of their own.
fn composed(step: Step, parameter: Tensor<1>, gradient: Tensor<1>, moments: &mut Moments) -> Tensor<1> {
    let gradient = gradient + parameter.clone() * step.weight_decay;
    moments.mean = moments.mean.clone() * step.beta1 + gradient.clone() * (1.0 - step.beta1);
    moments.square = moments.square.clone() * step.beta2 + gradient.clone() * gradient * (1.0 - step.beta2);
    let scale = moments.square.clone().sqrt() / step.root_correction + step.epsilon;
    parameter - moments.mean.clone() * step.size / scale
}

/// The same in one pass over plain numbers: a quarter of the time, because each is fetched but once.
fn fused(step: Step, parameter: Tensor<1>, gradient: Tensor<1>, moments: &mut Moments) -> Result<Tensor<1>> {
    let device = parameter.device();
    let mut parameter = parameter.try_into_data()?;
    let gradient = gradient.try_into_data()?;
    let mut mean = take(&mut moments.mean).try_into_data()?;
    let mut square = take(&mut moments.square).try_into_data()?;

    // Each number is computed alone, so the chunks and their order change nothing.
    let parameters = parameter.as_mut_slice::<f32>()?.par_chunks_mut(CHUNK);
    let gradients = gradient.as_slice::<f32>()?.par_chunks(CHUNK);
    let means = mean.as_mut_slice::<f32>()?.par_chunks_mut(CHUNK);
    let squares = square.as_mut_slice::<f32>()?.par_chunks_mut(CHUNK);
    parameters.zip(gradients).zip(means.zip(squares)).for_each(|((parameters, gradients), (means, squares))| {
        step.take(parameters, gradients, means, squares);
    });

    moments.mean = Tensor::from_data(mean, &device);
    moments.square = Tensor::from_data(square, &device);
    Ok(Tensor::from_data(parameter, &device))
}

/// Numbers that a thread updates at a time.
const CHUNK: usize = 1 << 14;

impl Step {
    /// Update `parameters` and their moments, all of the same length.
    fn take(self, parameters: &mut [f32], gradients: &[f32], means: &mut [f32], squares: &mut [f32]) {
        let (beta1, rest1) = (self.beta1 as f32, (1.0 - self.beta1) as f32);
        let (beta2, rest2) = (self.beta2 as f32, (1.0 - self.beta2) as f32);
        let (size, correction) = (self.size as f32, (1.0 / self.root_correction) as f32);
        let (epsilon, weight_decay) = (self.epsilon as f32, self.weight_decay as f32);
        let moments = means.iter_mut().zip(squares);
        for ((parameter, &gradient), (mean, square)) in parameters.iter_mut().zip(gradients).zip(moments) {
            let gradient = gradient + *parameter * weight_decay;
            *mean = *mean * beta1 + gradient * rest1;
            *square = *square * beta2 + gradient * gradient * rest2;
            *parameter -= size * *mean / (square.sqrt() * correction + epsilon);
        }
    }
}

/// The tensor itself, an empty one left in its place: with one owner, its memory can be written to.
fn take<const D: usize>(place: &mut Tensor<D>) -> Tensor<D> {
    let empty = Tensor::empty([0; D], &place.device());
    mem::replace(place, empty)
}
