//! What a model holds, read off as plain numbers.
#![allow(dead_code, reason = "each test uses its own part")]

use avsc_tui::model::{Fusion, Leaf};
use burn::tensor::{Tensor, TensorData};

/// One entry of a model's state dict, in the layout that PyTorch keeps it in.
#[derive(Debug, PartialEq)]
pub struct Entry {
    pub key: String,
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// Every entry of `model`, in its order.
pub fn entries(model: &Fusion) -> Vec<Entry> {
    let mut entries = Vec::new();
    model.clone().visit(&mut |key, leaf| {
        let (shape, values) = match leaf {
            Leaf::Weight(tensor) => plain(tensor.clone().transpose()),
            Leaf::Vector(tensor) | Leaf::Buffer(tensor) => plain(tensor.clone()),
            Leaf::Count(count) => (Vec::new(), vec![*count as f32]),
        };
        entries.push(Entry { key: key.to_owned(), shape, values });
    });
    entries
}

/// The shape and the values of a tensor.
pub fn plain<const D: usize>(tensor: Tensor<D>) -> (Vec<usize>, Vec<f32>) {
    (tensor.dims().to_vec(), numbers(tensor))
}

/// The values of a tensor.
pub fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    let data: TensorData = tensor.into_data();
    data.try_to_vec().unwrap()
}
