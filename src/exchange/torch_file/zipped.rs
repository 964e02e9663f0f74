//! The zip archive: `<root>/data.pkl`, `<root>/data/<key>`, perhaps `<root>/byteorder`. The root
//! folder bears any name. PyTorch stores the entries; a person who packs them again deflates them.

use std::io::{Cursor, Read as _};

use anyhow::{Context as _, Result, bail, ensure};
use zip::{ZipArchive, result::ZipError};

use super::tensors::Bytes;
use crate::exchange::pickle::{self, Pickle};

/// Longer than any pickle of a `state_dict`.
const MOST_PICKLE: u64 = 8 << 20;
/// Deflate shrinks zeros a thousandfold, but no weights.
const MOST_SHRUNK: u64 = 100;
/// Entries smaller than this may shrink as they like.
const SMALL: u64 = 1 << 20;

pub struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    root: String,
    big_endian: bool,
}

impl<'a> Archive<'a> {
    /// Find the root folder and the byte order.
    ///
    /// # Errors
    /// If it is no sound archive of this kind.
    pub fn open(bytes: &'a [u8]) -> Result<Self> {
        let zip = ZipArchive::new(Cursor::new(bytes)).context("its zip container is damaged")?;
        let root = |name: &str| match name.strip_suffix("data.pkl") {
            Some(root) if root.is_empty() || root.ends_with('/') => Some(root.to_owned()),
            _ => None,
        };
        let mut roots: Vec<String> = zip.file_names().filter_map(root).collect();
        roots.sort_by_key(String::len);
        let root = roots.into_iter().next().context("there is no data.pkl in the zip: torch.save did not write it")?;
        if zip.file_names().any(|name| name == format!("{root}constants.pkl")) {
            bail!("it is a TorchScript archive; save the weights alone: torch.save(model.state_dict(), path)");
        }
        let mut archive = Self { zip, root, big_endian: false };
        archive.big_endian = match archive.entry("byteorder", 16) {
            Ok(Some(order)) => match order.trim_ascii() {
                b"little" => false,
                b"big" => true,
                _ => bail!("its byte order is neither little nor big"),
            },
            // Older files do not tell; all machines that wrote them were little-endian.
            Ok(None) => false,
            Err(error) => return Err(error),
        };
        Ok(archive)
    }

    /// The pickle of the object.
    ///
    /// # Errors
    /// If it is damaged, or asks for something that a `state_dict` does not need.
    pub fn pickle(&mut self) -> Result<Pickle> {
        let bytes = self.entry("data.pkl", MOST_PICKLE)?.context("there is no data.pkl in the zip")?;
        Ok(pickle::read(&bytes)?.0)
    }

    /// The content of an entry of at most `most` bytes; none where there is no such entry.
    fn entry(&mut self, name: &str, most: u64) -> Result<Option<Vec<u8>>> {
        let name = format!("{}{name}", self.root);
        let doing = || format!("reading `{}` in the zip", name.escape_default());
        let entry = match self.zip.by_name(&name) {
            Ok(entry) => entry,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(error) => return Err(error).with_context(doing),
        };
        let (size, packed) = (entry.size(), entry.compressed_size());
        ensure!(size <= most, "{}: it has {size} bytes, at most {most} make sense", doing());
        ensure!(
            size <= SMALL || size / MOST_SHRUNK <= packed,
            "{}: {packed} bytes claim to unfold to {size}; no weights do",
            doing()
        );
        let mut content = Vec::new();
        entry.take(most.saturating_add(1)).read_to_end(&mut content).with_context(doing)?;
        ensure!(content.len() as u64 <= most, "{}: it unfolds to more than {most} bytes", doing());
        Ok(Some(content))
    }
}

impl Bytes for Archive<'_> {
    fn bytes(&mut self, key: &str, length: u64) -> Result<Vec<u8>> {
        // An alignment may follow the elements; more than that was not asked for.
        let mut content =
            self.entry(&format!("data/{key}"), length.saturating_add(64))?.context("its storage is missing")?;
        let length = usize::try_from(length).ok().filter(|&length| length <= content.len());
        content.truncate(length.with_context(|| format!("its storage has {} bytes only", content.len()))?);
        Ok(content)
    }

    fn is_big_endian(&self) -> bool {
        self.big_endian
    }
}
