//! A model's weights as they stand in a file: names and arrays.

use std::{collections::HashMap, fs, path::Path};

use anyhow::{Context as _, Result, ensure};
use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors};

use super::{budget::Budget, torch_file};

/// A checkpoint of these models takes a few megabytes, with the optimiser's state a few more.
const MOST_BYTES: u64 = 1 << 30;

/// Named arrays, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StateDict {
    pub entries: Vec<(String, Array)>,
    /// Of a safetensors file.
    pub metadata: HashMap<String, String>,
    /// What was left out, one sentence each.
    pub notes: Vec<String>,
}

/// An array in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    pub shape: Vec<usize>,
    pub values: Values,
}

/// Floats of any width as 32-bit ones, integers and truth values as 64-bit integers.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    Floats(Vec<f32>),
    Integers(Vec<i64>),
}

impl Array {
    /// The values, if they are floats.
    #[must_use]
    pub fn floats(&self) -> Option<&[f32]> {
        match &self.values {
            Values::Floats(values) => Some(values),
            Values::Integers(_) => None,
        }
    }
}

impl StateDict {
    /// Read a `.pt`, `.pth` or `.safetensors` file; the content decides which it is.
    ///
    /// # Errors
    /// If the file cannot be read, is none of these, is damaged, or is made to harm its reader.
    pub fn read(path: &Path) -> Result<Self> {
        let doing = || format!("reading the checkpoint {}", path.display());
        let metadata = fs::metadata(path).with_context(doing)?;
        ensure!(metadata.is_file(), "{}: it is no file", doing());
        let length = metadata.len();
        ensure!(length <= MOST_BYTES, "{}: {length} bytes are more than any of these models has", doing());
        let bytes = fs::read(path).with_context(doing)?;
        Self::parse(&bytes).with_context(doing)
    }

    /// The same of a file's content.
    ///
    /// # Errors
    /// As of [`Self::read`].
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let mut read = if is_safetensors(bytes) { safetensors(bytes)? } else { torch_file::read(bytes)? };
        read.without_wrapper();
        ensure!(!read.entries.is_empty(), "there are no weights in it");
        Ok(read)
    }

    /// The array under `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Array> {
        self.entries.iter().find(|(name, _)| name == key).map(|(_, array)| array)
    }

    /// Take off the `module.` that PyTorch's `DataParallel` puts before every key.
    fn without_wrapper(&mut self) {
        if self.entries.iter().all(|(key, _)| key.starts_with("module.")) {
            for (key, _) in &mut self.entries {
                key.drain(.."module.".len());
            }
        }
    }
}

/// The header of safetensors is a JSON object of a length that stands before it.
fn is_safetensors(bytes: &[u8]) -> bool {
    bytes.get(8) == Some(&b'{')
}

fn safetensors(bytes: &[u8]) -> Result<StateDict> {
    let damaged = "it is no sound safetensors file";
    let (_, header) = SafeTensors::read_metadata(bytes).context(damaged)?;
    let tensors = SafeTensors::deserialize(bytes).context(damaged)?;
    let mut read = StateDict { metadata: header.metadata().clone().unwrap_or_default(), ..StateDict::default() };
    let mut budget = Budget::for_file(bytes.len() as u64);
    for (key, view) in tensors.iter() {
        budget.take(8 * view.data().len() as u64, &format!("`{key}`"))?;
        match values(view.dtype(), view.data()) {
            Some(values) => read.entries.push((key.to_owned(), Array { shape: view.shape().to_vec(), values })),
            None => read.notes.push(format!("`{key}` is of type {:?} and was left out", view.dtype())),
        }
    }
    // The library keeps them in the order of no file.
    read.entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(read)
}

fn values(dtype: Dtype, bytes: &[u8]) -> Option<Values> {
    let floats = |values: Vec<f32>| Some(Values::Floats(values));
    let integers = |values: Vec<i64>| Some(Values::Integers(values));
    match dtype {
        Dtype::F64 => floats(elements(bytes, |bytes| f64::from_le_bytes(bytes) as f32)),
        Dtype::F32 => floats(elements(bytes, f32::from_le_bytes)),
        Dtype::F16 => floats(elements(bytes, |bytes| f16::from_le_bytes(bytes).to_f32())),
        Dtype::BF16 => floats(elements(bytes, |bytes| bf16::from_le_bytes(bytes).to_f32())),
        Dtype::I64 => integers(elements(bytes, i64::from_le_bytes)),
        Dtype::I32 => integers(elements(bytes, |bytes| i32::from_le_bytes(bytes).into())),
        Dtype::U8 | Dtype::BOOL => integers(bytes.iter().map(|&byte| byte.into()).collect()),
        _ => None,
    }
}

/// Every `N` bytes as one value.
pub(super) fn elements<const N: usize, T>(bytes: &[u8], value: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks::<N>().0.iter().map(|&bytes| value(bytes)).collect()
}
