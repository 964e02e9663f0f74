//! What `torch.save` writes: a zip archive since PyTorch 1.6, a chain of pickles before.
//!
//! Both hold one pickle of the object, in which tensors are views of storages, and the storages'
//! raw bytes beside it. The storages of tensors that are not in the `state_dict` are never read.

mod legacy;
mod tensors;
mod zipped;

use anyhow::{Context as _, Result, bail};

use super::{
    pickle::{Object, Pickle, Value},
    state_dict::StateDict,
};
use tensors::{Bytes, Tensors};

/// Keys under which training scripts keep the `state_dict` in a larger dictionary.
const WRAPPERS: [&str; 5] = ["state_dict", "model_state_dict", "model_state", "model", "net"];
/// Dictionaries within dictionaries that are looked into.
const MOST_NESTED: usize = 3;

/// Read a `state_dict` from the content of a file.
///
/// # Errors
/// If it is no such file, is damaged, or is made to harm its reader.
pub fn read(bytes: &[u8]) -> Result<StateDict> {
    if bytes.starts_with(b"PK\x03\x04") {
        let mut archive = zipped::Archive::open(bytes)?;
        let pickle = archive.pickle()?;
        collect(&pickle, &mut archive, bytes.len())
    } else if legacy::is_one(bytes) {
        let (pickle, mut storages) = legacy::read(bytes)?;
        collect(&pickle, &mut storages, bytes.len())
    } else {
        bail!("it is neither a file of torch.save nor a safetensors file")
    }
}

fn collect(pickle: &Pickle, storages: &mut impl Bytes, length: usize) -> Result<StateDict> {
    let entries =
        weights(pickle).context("it holds no state_dict: save one with torch.save(model.state_dict(), path)")?;
    let mut tensors = Tensors::new(storages, length as u64);
    let mut read = StateDict::default();
    for (key, value) in entries {
        let Value::Text(key) = key else { continue };
        match pickle.object(value) {
            Some(Object::Tensor(view)) => {
                let name: String = key.chars().take(200).flat_map(char::escape_default).collect();
                let array = tensors.array(view).with_context(|| format!("`{name}`"))?;
                read.entries.push((key.to_string(), array));
            }
            _ => read.notes.push(format!("`{}` is no tensor and was left out", key.escape_default())),
        }
    }
    Ok(read)
}

/// The entries of the dictionary that holds tensors: the root, or one in it under a usual key.
fn weights(pickle: &Pickle) -> Option<&[(Value, Value)]> {
    let mut entries = pickle.dict(&pickle.root)?;
    for _ in 0..MOST_NESTED {
        let inner = WRAPPERS.iter().find_map(|name| {
            let is_named = |key: &Value| matches!(key, Value::Text(key) if **key == **name);
            entries.iter().find(|(key, _)| is_named(key)).and_then(|(_, value)| pickle.dict(value))
        });
        match inner {
            Some(inner) => entries = inner,
            None => break,
        }
    }
    let has_tensors = entries.iter().any(|(_, value)| matches!(pickle.object(value), Some(Object::Tensor(_))));
    has_tensors.then_some(entries)
}
