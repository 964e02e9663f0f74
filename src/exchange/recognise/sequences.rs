//! The sequences of layers in a file: PyTorch's `Sequential`s, whose layers are numbered. Layers
//! without weights (ReLU, dropout) leave gaps in the numbers.

use std::collections::BTreeMap;

use crate::{
    exchange::state_dict::{Array, StateDict, Values},
    model::imported::Layer,
};

/// A layer's arrays by their names.
type Arrays<'a> = BTreeMap<&'a str, &'a Array>;

/// What a layer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Linear,
    Norm,
}

/// Every numbered layer of a file.
#[derive(Debug)]
pub struct Sequences<'a> {
    named: BTreeMap<&'a str, BTreeMap<usize, Arrays<'a>>>,
    strangers: Vec<&'a str>,
}

impl<'a> Sequences<'a> {
    pub fn of(state: &'a StateDict) -> Self {
        let mut found = Self { named: BTreeMap::new(), strangers: Vec::new() };
        for (key, array) in &state.entries {
            let mut parts = key.rsplitn(3, '.');
            let (array_name, index, name) =
                (parts.next(), parts.next().and_then(|index| index.parse().ok()), parts.next());
            match (name, index, array_name) {
                (Some(name), Some(index), Some(array_name)) => {
                    found.named.entry(name).or_default().entry(index).or_default().insert(array_name, array);
                }
                _ => found.strangers.push(key),
            }
        }
        found
    }

    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        self.named.keys().copied()
    }

    /// Keys that no sequence holds.
    pub fn strangers(&self) -> impl Iterator<Item = String> {
        self.strangers.iter().map(|key| key.escape_default().to_string())
    }

    pub fn has(&self, name: &str) -> bool {
        self.named.contains_key(name)
    }

    /// Width that the sequence wants.
    pub fn input(&self, name: &str) -> Option<usize> {
        self.named.get(name)?.values().find_map(widths).map(|(input, _)| input)
    }

    /// The widths that the layers give, if they are just those of `places`.
    pub fn widths(&self, name: &str, places: &[(usize, Kind)]) -> Option<Vec<usize>> {
        let layers = self.named.get(name)?;
        let found = layers.iter().map(|(index, arrays)| (*index, kind(arrays)));
        if !found.eq(places.iter().copied()) {
            return None;
        }
        layers.values().map(|arrays| widths(arrays).map(|(_, output)| output)).collect()
    }

    /// The width that the sequences `names`, one after the other, make of `input` (any, where it is
    /// none). What does not fit is added to `misfits`.
    pub fn chain(&self, names: &[&str], input: Option<usize>, misfits: &mut Vec<String>) -> Option<usize> {
        let mut width = input;
        for name in names {
            let Some(layers) = self.named.get(name) else {
                misfits.push(format!("`{name}.0.weight` is missing"));
                width = None;
                continue;
            };
            for (index, arrays) in layers {
                width = check(&format!("{name}.{index}"), arrays, width, misfits);
            }
        }
        width
    }

    /// The layers of a sequence that [`Self::chain`] found sound. After a gap in the numbers stands a
    /// ReLU, as everywhere in these models; dropout does nothing after training.
    pub fn layers(&self, name: &str) -> Vec<Layer> {
        let mut layers = Vec::new();
        let mut next = 0;
        for (&index, arrays) in self.named.get(name).into_iter().flatten() {
            if index > next && !layers.is_empty() {
                layers.push(Layer::Relu);
            }
            layers.push(layer(format!("{name}.{index}"), arrays));
            next = index.saturating_add(1);
        }
        if matches!(layers.last(), Some(Layer::BatchNorm { .. })) {
            layers.push(Layer::Relu);
        }
        layers
    }

    /// Where a ReLU is assumed that usage does not make certain.
    pub fn assumptions(&self, name: &str) -> Vec<String> {
        let layers = self.named.get(name);
        let places: Vec<_> = layers.into_iter().flatten().map(|(index, arrays)| (*index, kind(arrays))).collect();
        let mut notes = Vec::new();
        for pair in places.windows(2) {
            if let [(first, Kind::Linear), (second, Kind::Linear)] = pair
                && second - first > 1
            {
                notes.push(format!("a ReLU is taken to stand between `{name}.{first}` and `{name}.{second}`"));
            }
        }
        if let Some((index, Kind::Norm)) = places.last() {
            notes.push(format!("a ReLU is taken to stand after `{name}.{index}`"));
        }
        notes
    }

    /// False where the sequence has its initial values still: each batch normalisation's weights are
    /// 1, or, without one, no weight lies beyond the ±1/√in that linear layers are initialised in.
    pub fn was_trained(&self, name: &str) -> bool {
        let layers = || self.named.get(name).into_iter().flat_map(BTreeMap::values);
        let weight = |arrays: &Arrays<'a>| arrays.get("weight").and_then(|array| array.floats());
        let mut norms = layers().filter(|arrays| kind(arrays) == Kind::Norm).peekable();
        if norms.peek().is_some() {
            // Exactly 1: what was never touched.
            let touched = |value: &f32| value.to_bits() != 1.0_f32.to_bits();
            return norms.any(|arrays| weight(arrays).is_some_and(|values| values.iter().any(touched)));
        }
        layers().any(|arrays| {
            let bound = widths(arrays).map_or(0.0, |(input, _)| 1.0 / (input.max(1) as f32).sqrt());
            // Rounding may put an initial value just outside.
            weight(arrays).is_some_and(|values| values.iter().any(|value| value.abs() > bound * 1.000_01))
        })
    }
}

fn kind(arrays: &Arrays<'_>) -> Kind {
    if arrays.contains_key("running_mean") || arrays.get("weight").is_some_and(|weight| weight.shape.len() == 1) {
        Kind::Norm
    } else {
        Kind::Linear
    }
}

/// (in, out) by the shape of the weight.
fn widths(arrays: &Arrays<'_>) -> Option<(usize, usize)> {
    match arrays.get("weight")?.shape.as_slice() {
        [output, input] => Some((*input, *output)),
        [width] => Some((*width, *width)),
        _ => None,
    }
}

/// Check one layer's arrays; the width that it gives.
fn check(key: &str, arrays: &Arrays<'_>, width: Option<usize>, misfits: &mut Vec<String>) -> Option<usize> {
    let Some((input, output)) = widths(arrays) else {
        misfits.push(match arrays.get("weight") {
            Some(weight) => {
                format!("`{key}.weight` is {:?}, a layer of these models has one or two sizes", weight.shape)
            }
            None => format!("`{key}.weight` is missing"),
        });
        return None;
    };
    if input == 0 || output == 0 {
        misfits.push(format!("`{key}.weight` is empty"));
    }
    if let Some(width) = width.filter(|&width| width != input) {
        misfits.push(format!("`{key}.weight` wants {input} values, what stands before it gives {width}"));
    }
    let (vectors, required): (&[&str], usize) = match kind(arrays) {
        Kind::Linear => (&["bias"], 0),
        Kind::Norm => (&["bias", "running_mean", "running_var"], 3),
    };
    for (at, name) in vectors.iter().enumerate() {
        match arrays.get(name) {
            None if at < required => misfits.push(format!("`{key}.{name}` is missing")),
            Some(array) if array.shape != [output] => {
                misfits.push(format!("`{key}.{name}` is {:?}, the weight wants [{output}]", array.shape));
            }
            _ => {}
        }
    }
    for (name, array) in arrays.iter().filter(|(name, _)| **name != "num_batches_tracked") {
        if array.floats().is_none() {
            misfits.push(format!("`{key}.{name}` holds integers"));
        }
    }
    Some(output)
}

/// A layer of arrays that [`check`] found sound. A linear layer without a bias has one of zeros.
fn layer(key: String, arrays: &Arrays<'_>) -> Layer {
    let values = |name: &str| arrays.get(name).and_then(|array| array.floats()).map(<[f32]>::to_vec);
    match kind(arrays) {
        Kind::Linear => {
            let output = widths(arrays).map_or(0, |(_, output)| output);
            let bias = values("bias").unwrap_or_else(|| vec![0.0; output]);
            Layer::Linear { key, weight: values("weight").unwrap_or_default(), bias }
        }
        Kind::Norm => {
            let arrays_of =
                ["weight", "bias", "running_mean", "running_var"].map(|name| values(name).unwrap_or_default());
            let batches = match arrays.get("num_batches_tracked").map(|array| &array.values) {
                Some(Values::Integers(counts)) => counts.first().map_or(0, |&count| u64::try_from(count).unwrap_or(0)),
                _ => 0,
            };
            Layer::BatchNorm { key, values: Box::new(arrays_of), batches }
        }
    }
}
