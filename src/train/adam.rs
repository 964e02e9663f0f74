//! Adam with PyTorch's arithmetic.

use burn::tensor::{Gradients, Tensor};

use crate::{
    config::TrainConfig,
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
    pub fn update(&mut self, model: &mut Fusion, gradients: &mut Gradients, lr: f64, number: u64) {
        let steps = number as f64;
        let step =
            Step { size: lr / (1.0 - self.beta1.powf(steps)), root_correction: (1.0 - self.beta2.powf(steps)).sqrt() };
        // The model is always visited in the same order, and so are the moments.
        let mut next = 0;
        model.visit(&mut |key, leaf| match leaf {
            Leaf::Weight(tensor) => {
                if let Some(gradient) = tensor.grad_remove(gradients) {
                    *tensor = self.updated(&mut next, key, tensor.clone(), gradient, step);
                }
            }
            Leaf::Vector(tensor) => {
                if let Some(gradient) = tensor.grad_remove(gradients) {
                    *tensor = self.updated(&mut next, key, tensor.clone(), gradient, step);
                }
            }
            Leaf::Buffer(_) | Leaf::Count(_) => {}
        });
    }

    fn updated<const D: usize>(
        &mut self,
        next: &mut usize,
        key: &str,
        parameter: Tensor<D>,
        gradient: Tensor<D>,
        step: Step,
    ) -> Tensor<D> {
        let shape = parameter.shape();
        let parameter = parameter.inner().reshape([-1]);
        let gradient = gradient.reshape([-1]) + parameter.clone() * self.weight_decay;
        let index = *next;
        *next += 1;
        if self.moments.get(index).is_none_or(|moments| moments.key != key) {
            let zeros = gradient.zeros_like();
            self.moments.insert(index, Moments { key: key.to_owned(), mean: zeros.clone(), square: zeros });
        }
        let moments = &mut self.moments[index];
        moments.mean = moments.mean.clone() * self.beta1 + gradient.clone() * (1.0 - self.beta1);
        moments.square = moments.square.clone() * self.beta2 + gradient.clone() * gradient * (1.0 - self.beta2);
        let scale = moments.square.clone().sqrt() / step.root_correction + self.epsilon;
        let updated = parameter - moments.mean.clone() * step.size / scale;
        updated.reshape(shape).autodiff().require_grad()
    }
}
