//! What can go wrong with the demo set.

use std::{
    io,
    path::{Path, PathBuf},
};

/// Why there is no demo set.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error(
        "{} exists and is not an empty folder; demo data never replaces files, so choose another folder or empty \
         this one",
        path.display()
    )]
    NotEmpty { path: PathBuf },
    #[error(
        "{} has {:.1} GB free, and the demo set takes {:.1} GB; make room or choose a folder on another disk",
        path.display(), gigabytes(*free), gigabytes(*needed)
    )]
    NoRoom { path: PathBuf, needed: u64, free: u64 },
    #[error("{doing} {}: {source}; {}", path.display(), remedy(source.kind()))]
    Io {
        /// What was being done, as in "making the folder".
        doing: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error(
        "writing {}: {source}; check that the disk is not full and that you may write to this folder",
        path.display()
    )]
    Hdf5 { path: PathBuf, source: hdf5_metno::Error },
    #[error("there is no home folder to keep the demo set in; set HOME or XDG_CACHE_HOME, or name a cache folder")]
    NoHome,
    #[error("writing the demo set was cancelled")]
    Cancelled,
}

impl DemoError {
    /// For `map_err`: an I/O error while `doing` something to `path`.
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { doing, path: path.to_owned(), source }
    }

    /// For `map_err`: an error of the HDF5 library while writing `path`.
    pub(super) fn hdf5(path: &Path) -> impl FnOnce(hdf5_metno::Error) -> Self {
        move |source| Self::Hdf5 { path: path.to_owned(), source }
    }
}

fn gigabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e9
}

fn remedy(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room or choose a folder on another disk",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => "choose a folder that you may write to",
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => "a file is in the way: choose another folder",
        _ => "check the disk, or choose another folder",
    }
}
