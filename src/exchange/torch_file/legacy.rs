//! The format before PyTorch 1.6: a magic number, a version, facts of the writer's system, the
//! object, and the storages' keys, a pickle each; then the storages, little-endian always.

use std::{collections::HashMap, rc::Rc};

use anyhow::{Context as _, Result, bail, ensure};

use super::tensors::Bytes;
use crate::exchange::pickle::{self, Kind, Object, Pickle, Value};

const MAGIC: i128 = 0x1950_a86a_20f9_469c_fc6c;
const VERSION: i128 = 1001;

/// True where `bytes` begin as such a file does.
#[must_use]
pub fn is_one(bytes: &[u8]) -> bool {
    matches!(pickle::read(bytes.get(..64).unwrap_or(bytes)), Ok((pickle, _)) if pickle.root == Value::Int(MAGIC))
}

/// The object, and where its storages are.
///
/// # Errors
/// If a part is damaged or missing.
pub fn read(bytes: &[u8]) -> Result<(Pickle, Storages<'_>)> {
    let mut at = 0;
    let mut next = || -> Result<Pickle> {
        let (pickle, length) = pickle::read(bytes.get(at..).unwrap_or_default())?;
        at += length;
        Ok(pickle)
    };
    next()?;
    let version = next()?.root;
    ensure!(version == Value::Int(VERSION), "its legacy format has the version {version:?}; only {VERSION} is known");
    let _system = next()?;
    let object = next()?;
    let keys = next()?;
    let storages = Storages { places: places(bytes, at, &keys, &widths(&object))? };
    Ok((object, storages))
}

/// The storages' bytes.
pub struct Storages<'a> {
    places: HashMap<Rc<str>, &'a [u8]>,
}

impl Bytes for Storages<'_> {
    fn bytes(&mut self, key: &str, length: u64) -> Result<Vec<u8>> {
        let bytes = self.places.get(key).context("its storage is missing")?;
        let length = usize::try_from(length).ok().filter(|&length| length <= bytes.len());
        let length = length.with_context(|| format!("its storage has {} bytes only", bytes.len()))?;
        Ok(bytes.get(..length).unwrap_or_default().to_vec())
    }

    fn is_big_endian(&self) -> bool {
        false
    }
}

/// The element types of the storages: the file tells the number of elements alone.
fn widths(object: &Pickle) -> HashMap<Rc<str>, Kind> {
    let storages = object.objects.iter().filter_map(|object| match object {
        Object::Storage(storage) => Some((storage.key.clone(), storage.kind)),
        _ => None,
    });
    storages.collect()
}

/// Each key's bytes, in the order of `keys`: a count of elements, then the elements.
fn places<'a>(
    bytes: &'a [u8],
    mut at: usize,
    keys: &Pickle,
    widths: &HashMap<Rc<str>, Kind>,
) -> Result<HashMap<Rc<str>, &'a [u8]>> {
    let Some(Object::List(keys)) = keys.object(&keys.root) else { bail!("its list of storages is missing") };
    let mut places = HashMap::new();
    for key in keys {
        let key: Rc<str> = match key {
            Value::Text(key) => key.clone(),
            Value::Int(key) => key.to_string().into(),
            _ => bail!("a storage has no key"),
        };
        let kind = widths.get(&key).context("a storage belongs to nothing")?;
        let rest = bytes.get(at..).unwrap_or_default();
        let count = u64::from_le_bytes(*rest.first_chunk().context("it ends before its storages do")?);
        let length = count.checked_mul(kind.width()).and_then(|length| usize::try_from(length).ok());
        let content = length.and_then(|length| rest.get(8..)?.get(..length));
        let content = content.context("it ends before its storages do")?;
        at += 8 + content.len();
        places.insert(key, content);
    }
    Ok(places)
}
