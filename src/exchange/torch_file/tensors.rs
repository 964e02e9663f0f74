//! Tensors from storages: types, offsets and strides.

use std::{collections::HashMap, rc::Rc};

use anyhow::{Context as _, Result, ensure};
use half::{bf16, f16};

use crate::exchange::{
    budget::Budget,
    pickle::{Kind, Storage, TensorView},
    state_dict::{Array, Values, elements},
};

/// Where the bytes of storages come from.
pub trait Bytes {
    /// The `length` bytes of the storage `key`.
    ///
    /// # Errors
    /// If they are not there, or fewer.
    fn bytes(&mut self, key: &str, length: u64) -> Result<Vec<u8>>;

    /// True where the most significant byte of a number stands first.
    fn is_big_endian(&self) -> bool;
}

/// Reads tensors, each storage once.
pub struct Tensors<'a, B> {
    source: &'a mut B,
    storages: HashMap<(Rc<str>, Kind), Rc<Values>>,
    budget: Budget,
}

impl<'a, B: Bytes> Tensors<'a, B> {
    /// From a file of `length` bytes.
    pub fn new(source: &'a mut B, length: u64) -> Self {
        Self { source, storages: HashMap::new(), budget: Budget::for_file(length) }
    }

    /// The elements of `view` in row-major order.
    ///
    /// # Errors
    /// If the view does not lie in its storage, or the storage is not there.
    pub fn array(&mut self, view: &TensorView) -> Result<Array> {
        let TensorView { storage, offset, shape, strides } = view;
        let outside = || format!("a tensor of {shape:?} does not lie in its storage of {} elements", storage.length);
        let count = shape.iter().try_fold(1_u64, |count, &size| count.checked_mul(size)).with_context(outside)?;
        let dimensions: Option<Vec<(usize, usize)>> = shape
            .iter()
            .zip(strides)
            .map(|(&size, &stride)| Some((usize::try_from(size).ok()?, usize::try_from(stride).ok()?)))
            .collect();
        let dimensions = dimensions.with_context(outside)?;
        if count > 0 {
            let reach = shape
                .iter()
                .zip(strides)
                .try_fold(*offset, |reach, (&size, &stride)| reach.checked_add((size - 1).checked_mul(stride)?));
            ensure!(reach.is_some_and(|reach| reach < storage.length), outside());
        }
        self.budget.take(count.saturating_mul(8), "a tensor")?;
        let values = self.storage(storage)?;
        let start = storage.start.checked_add(*offset).and_then(|start| usize::try_from(start).ok());
        let start = start.with_context(outside)?;
        let values = match &*values {
            Values::Floats(values) => strided(values, start, &dimensions).map(Values::Floats),
            Values::Integers(values) => strided(values, start, &dimensions).map(Values::Integers),
        };
        let shape = dimensions.iter().map(|&(size, _)| size).collect();
        Ok(Array { shape, values: values.with_context(outside)? })
    }

    /// The whole storage that `storage` is, or is a part of.
    fn storage(&mut self, storage: &Storage) -> Result<Rc<Values>> {
        let slot = (storage.key.clone(), storage.kind);
        if let Some(values) = self.storages.get(&slot) {
            let length = match &**values {
                Values::Floats(values) => values.len(),
                Values::Integers(values) => values.len(),
            };
            ensure!(storage.whole <= length as u64, "a storage is described with two sizes");
            return Ok(values.clone());
        }
        let length = storage.whole.checked_mul(storage.kind.width()).context("a storage is too large")?;
        // The raw bytes and at most eight for each.
        self.budget.take(length.saturating_add(storage.whole.saturating_mul(8)), "a storage")?;
        let bytes = self.source.bytes(&storage.key, length)?;
        let values = Rc::new(decode(storage.kind, bytes, self.source.is_big_endian()));
        self.storages.insert(slot, values.clone());
        Ok(values)
    }
}

fn decode(kind: Kind, mut bytes: Vec<u8>, big_endian: bool) -> Values {
    if big_endian {
        bytes.chunks_exact_mut(kind.width() as usize).for_each(<[u8]>::reverse);
    }
    let bytes = bytes.as_slice();
    match kind {
        Kind::Double => Values::Floats(elements(bytes, |bytes| f64::from_le_bytes(bytes) as f32)),
        Kind::Float => Values::Floats(elements(bytes, f32::from_le_bytes)),
        Kind::Half => Values::Floats(elements(bytes, |bytes| f16::from_le_bytes(bytes).to_f32())),
        Kind::BFloat16 => Values::Floats(elements(bytes, |bytes| bf16::from_le_bytes(bytes).to_f32())),
        Kind::Long => Values::Integers(elements(bytes, i64::from_le_bytes)),
        Kind::Int => Values::Integers(elements(bytes, |bytes| i32::from_le_bytes(bytes).into())),
        Kind::Short => Values::Integers(elements(bytes, |bytes| i16::from_le_bytes(bytes).into())),
        Kind::Char => Values::Integers(elements(bytes, |bytes| i8::from_le_bytes(bytes).into())),
        Kind::Byte | Kind::Bool => Values::Integers(bytes.iter().map(|&byte| byte.into()).collect()),
    }
}

/// The elements at `start + Σ index · stride`, the last index running fastest; none where one of
/// them lies outside of `values`.
fn strided<T: Copy>(values: &[T], start: usize, dimensions: &[(usize, usize)]) -> Option<Vec<T>> {
    let count: usize = dimensions.iter().map(|(size, _)| size).product();
    let mut indices = vec![0; dimensions.len()];
    let mut taken = Vec::with_capacity(count);
    for _ in 0..count {
        let at = indices.iter().zip(dimensions).map(|(index, (_, stride))| index * stride).sum::<usize>();
        taken.push(*values.get(start.checked_add(at)?)?);
        for (index, (size, _)) in indices.iter_mut().zip(dimensions).rev() {
            *index += 1;
            if *index < *size {
                break;
            }
            *index = 0;
        }
    }
    Some(taken)
}
