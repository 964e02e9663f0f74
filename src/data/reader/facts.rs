//! How the datasets of a file are stored, counted for people.

use std::collections::{BTreeMap, BTreeSet};

use hdf5_metno::{datatype::ByteOrder, types::TypeDescriptor};
use serde::Serialize;

use super::pool::Element;

/// How a clip is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// One dataset, frames × width.
    Dataset,
    /// A group with one dataset a frame.
    Frames,
}

/// Counts over the clips of a file; over their frames where a clip is a group of frames.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// Number types, such as `float32`.
    pub dtypes: BTreeMap<String, usize>,
    pub layouts: BTreeMap<Layout, usize>,
    /// Datasets stored in chunks.
    pub chunked: usize,
    pub filters: BTreeSet<String>,
}

impl Facts {
    pub(super) fn count_layout(&mut self, layout: Layout) {
        *self.layouts.entry(layout).or_default() += 1;
    }

    pub(super) fn count_native(&mut self, element: Element) {
        self.count_type(match element {
            Element::F16 => "float16",
            Element::F32 => "float32",
            Element::F64 => "float64",
        });
    }

    pub(super) fn count_other(&mut self, descriptor: &TypeDescriptor, order: ByteOrder) {
        let order = match order {
            ByteOrder::BigEndian => " big-endian",
            ByteOrder::LittleEndian => " little-endian",
            _ => " of another order",
        };
        self.count_type(&format!("{descriptor}{order}"));
    }

    pub(super) fn count_chunked(&mut self, filters: impl Iterator<Item = String>) {
        self.chunked += 1;
        self.filters.extend(filters);
    }

    fn count_type(&mut self, name: &str) {
        // Looked up first: nearly every dataset has the type of the one before.
        if let Some(count) = self.dtypes.get_mut(name) {
            *count += 1;
        } else {
            self.dtypes.insert(name.to_owned(), 1);
        }
    }
}
