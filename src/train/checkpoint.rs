//! Models on disk: safetensors with the key names and layouts of PyTorch's `state_dict`.

use std::{collections::HashMap, fs, path::Path};

use anyhow::{Context as _, Result, bail, ensure};
use burn::tensor::{Device, Tensor, TensorData};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};

use crate::{
    model::{Fusion, Leaf, layers::trainable},
    runs::directory::replace,
};

/// Named arrays, in the order in which they are written.
#[derive(Debug, Default)]
pub struct Arrays {
    entries: Vec<(String, Array)>,
}

#[derive(Debug)]
struct Array {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Arrays {
    /// Add a float array.
    ///
    /// # Errors
    /// If the values cannot be read from the device.
    pub fn push<const D: usize>(&mut self, key: impl Into<String>, tensor: &Tensor<D>) -> Result<()> {
        let key = key.into();
        let data = tensor.try_to_data_as::<f32>().with_context(|| format!("reading `{key}` from the device"))?;
        let values = data.as_slice::<f32>().with_context(|| format!("reading `{key}` from the device"))?;
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.entries.push((key, Array { dtype: Dtype::F32, shape: tensor.dims().to_vec(), bytes }));
        Ok(())
    }

    /// Add every tensor of `model`, its key after `prefix`, weights as `[out, in]`.
    ///
    /// # Errors
    /// If the values cannot be read from the device.
    pub fn push_model(&mut self, prefix: &str, model: &Fusion) -> Result<()> {
        let mut result = Ok(());
        model.inference().visit(&mut |key, leaf| {
            let key = format!("{prefix}{key}");
            let pushed = match leaf {
                Leaf::Weight(tensor) => self.push(key, &tensor.clone().transpose()),
                Leaf::Vector(tensor) | Leaf::Buffer(tensor) => self.push(key, tensor),
                Leaf::Count(count) => {
                    let bytes = count.to_le_bytes().to_vec();
                    self.entries.push((key, Array { dtype: Dtype::I64, shape: Vec::new(), bytes }));
                    Ok(())
                }
            };
            if result.is_ok() {
                result = pushed;
            }
        });
        result
    }

    /// Write the arrays and one entry of metadata to `path`, whole or not at all. One, because several
    /// would be written in random order, and the same run would not give the same bytes.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, path: &Path, key: &str, value: &str) -> Result<()> {
        let metadata = HashMap::from([(key.to_owned(), value.to_owned())]);
        let views: Result<Vec<_>, _> = self
            .entries
            .iter()
            .map(|(key, array)| Ok((key, TensorView::new(array.dtype, array.shape.clone(), &array.bytes)?)))
            .collect();
        let bytes = views
            .and_then(|views| safetensors::serialize(views, Some(metadata)))
            .with_context(|| format!("encoding the checkpoint {}", path.display()))?;
        replace(path, &bytes)
    }
}

/// A checkpoint file in memory.
#[derive(Debug)]
pub struct Checkpoint {
    bytes: Vec<u8>,
    pub metadata: HashMap<String, String>,
    name: String,
}

impl Checkpoint {
    /// Read the file at `path` and check its structure.
    ///
    /// # Errors
    /// If it cannot be read or is not a safetensors file.
    pub fn read(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let bytes = fs::read(path).with_context(|| format!("reading the checkpoint {name}"))?;
        let damaged = || format!("reading the checkpoint {name}: it is damaged, or no safetensors file");
        let (_, header) = SafeTensors::read_metadata(&bytes).with_context(damaged)?;
        let metadata = header.metadata().clone().unwrap_or_default();
        SafeTensors::deserialize(&bytes).with_context(damaged)?;
        Ok(Self { bytes, metadata, name })
    }

    /// Put the arrays whose keys begin with `prefix` into `model`, which must have just these keys
    /// and shapes.
    ///
    /// # Errors
    /// Every key that is missing or of another shape.
    pub fn load_model(&self, prefix: &str, model: &mut Fusion) -> Result<()> {
        let arrays = self.arrays()?;
        let mut misfits = Vec::new();
        model.visit(&mut |key, leaf| {
            let key = format!("{prefix}{key}");
            let loaded = match leaf {
                Leaf::Weight(tensor) => {
                    let [input, output] = tensor.dims();
                    self.floats(&arrays, &key, &[output, input]).map(|values| {
                        let data = TensorData::new(transposed(&values, output, input), [input, output]);
                        *tensor = trainable(Tensor::from_data(data, &tensor.device()));
                    })
                }
                Leaf::Vector(tensor) => self.floats(&arrays, &key, &tensor.dims()).map(|values| {
                    let width = values.len();
                    *tensor = trainable(Tensor::from_data(TensorData::new(values, [width]), &tensor.device()));
                }),
                Leaf::Buffer(tensor) => self.floats(&arrays, &key, &tensor.dims()).map(|values| {
                    let width = values.len();
                    *tensor = Tensor::from_data(TensorData::new(values, [width]), &tensor.device());
                }),
                Leaf::Count(count) => self.count(&arrays, &key).map(|value| *count = value),
            };
            if let Err(error) = loaded {
                misfits.push(format!("{error:#}"));
            }
        });
        if misfits.is_empty() {
            Ok(())
        } else {
            bail!("the checkpoint {} does not fit:\n{}", self.name, misfits.join("\n"))
        }
    }

    /// A one-dimensional float array.
    ///
    /// # Errors
    /// If it is missing or not of that kind.
    pub fn vector(&self, key: &str, device: &Device) -> Result<Tensor<1>> {
        let arrays = self.arrays()?;
        let view = arrays.tensor(key).with_context(|| format!("`{key}` is missing in {}", self.name))?;
        let shape = view.shape().to_vec();
        let values = self.floats(&arrays, key, &shape)?;
        let width = values.len();
        Ok(Tensor::from_data(TensorData::new(values, [width]), device))
    }

    /// The keys that begin with `prefix`, without it.
    ///
    /// # Errors
    /// None once the file was read.
    pub fn keys(&self, prefix: &str) -> Result<Vec<String>> {
        let arrays = self.arrays()?;
        Ok(arrays.names().into_iter().filter_map(|key| key.strip_prefix(prefix)).map(str::to_owned).collect())
    }

    fn arrays(&self) -> Result<SafeTensors<'_>> {
        SafeTensors::deserialize(&self.bytes).with_context(|| format!("reading the checkpoint {}", self.name))
    }

    fn floats(&self, arrays: &SafeTensors<'_>, key: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let view = arrays.tensor(key).with_context(|| format!("`{key}` is missing in {}", self.name))?;
        ensure!(
            view.dtype() == Dtype::F32 && view.shape() == shape,
            "`{key}` is {:?} of {:?}, the model wants F32 of {shape:?}",
            view.shape(),
            view.dtype()
        );
        Ok(view.data().as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect())
    }

    fn count(&self, arrays: &SafeTensors<'_>, key: &str) -> Result<u64> {
        let view = arrays.tensor(key).with_context(|| format!("`{key}` is missing in {}", self.name))?;
        match <[u8; 8]>::try_from(view.data()) {
            Ok(bytes) if view.dtype() == Dtype::I64 => Ok(u64::from_le_bytes(bytes)),
            _ => bail!("`{key}` is {:?} of {:?}, the model wants one I64", view.shape(), view.dtype()),
        }
    }
}

/// A row-major matrix of `rows` × `columns`, transposed.
fn transposed(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    (0..columns).flat_map(|column| (0..rows).map(move |row| values[row * columns + column])).collect()
}
