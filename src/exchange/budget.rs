//! How much memory a file may make a reader take.

use anyhow::{Result, ensure};

/// Bytes that may still be taken. Everything that a file's own numbers decide the size of is
/// taken from it first.
#[derive(Debug)]
pub struct Budget {
    left: u64,
}

impl Budget {
    /// For the content of a file of `length` bytes. A checkpoint of zeros shrinks a thousandfold, a
    /// sound one hardly; half precision doubles, and what the tensors share is read once for each.
    #[must_use]
    pub fn for_file(length: u64) -> Self {
        Self { left: length.saturating_mul(16).saturating_add(16 << 20) }
    }

    /// Take `bytes` for `what`.
    ///
    /// # Errors
    /// If that is more than is left.
    pub fn take(&mut self, bytes: u64, what: &str) -> Result<()> {
        ensure!(
            bytes <= self.left,
            "{what} would take {bytes} bytes, far more than a file of this size can hold; it is damaged or hostile"
        );
        self.left -= bytes;
        Ok(())
    }
}
