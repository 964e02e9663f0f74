//! The demo set: generated features that train as the real ones do.
//!
//! `plan` says which clips there are, `scenes` makes their vectors, `files` writes them in the
//! course framework's layout. Nothing here is a recording, and every file says so.

mod error;
mod files;
mod plan;
mod scenes;
mod seal;

pub use error::DemoError;

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use self::{plan::Plan, seal::Seal};
use super::Observer;

/// Generated sets of another version are replaced in the cache.
pub const GENERATOR_VERSION: u32 = 1;

/// Seed of the set that [`ensure`] keeps.
pub const SEED: u64 = 4;

/// Value of the root attribute `demo` of every HDF5 file.
pub const NOTICE: &str = "generated demo data, not recordings";

const README: &str = "README.txt";
const FOLDERS: [&str; 2] = ["audio_features_data", "video_features_data"];

/// How much is written. Both sizes have the same clips, and their means over time are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// 2 frames a clip, about 111 MB: trains within seconds of the first start.
    Default,
    /// 96 frames a clip, 4.8 GB: the size of the real set.
    Full,
}

impl Size {
    /// Frames of a clip and modality.
    #[must_use]
    pub fn frames(self) -> usize {
        match self {
            Self::Default => 2,
            Self::Full => 96,
        }
    }

    /// About how much room the set takes on disk, in bytes.
    #[must_use]
    pub fn bytes(self) -> u64 {
        // A clip costs some 430 bytes of names and headers beside its features.
        let clip = (self.frames() * scenes::WIDTH * size_of::<f32>()) as u64 + 430;
        2 * plan::CLIPS as u64 * clip
    }
}

/// Write a demo set into the folder `out`, which is made where it is missing.
///
/// The layout is the course framework's: `{audio,video}_features_data/{train,val,test}.hdf5` with one
/// float32 dataset `<label>/<modality>/<clip id>` of shape (frames, 512) a clip, and
/// `global_mean_std.npz`. The same seed and size give the same features, whatever the thread count.
///
/// # Errors
/// Where `out` is not empty, cannot be written or has too little room; [`DemoError::Cancelled`] where
/// the observer breaks. Whatever was written is removed again.
pub fn write(out: &Path, size: Size, seed: u64, observer: Observer<'_>) -> Result<(), DemoError> {
    let made = make_empty(out)?;
    let result = room(out, size).and_then(|()| fill(out, size, seed, observer));
    if result.is_err() {
        // What went wrong first is what the person should read, so a failing clean-up stays silent.
        for folder in FOLDERS {
            let _ = fs::remove_dir_all(out.join(folder));
        }
        let _ = fs::remove_file(out.join(README));
        let _ = fs::remove_file(out.join(seal::NAME));
        if made {
            let _ = fs::remove_dir(out);
        }
    }
    result
}

/// The demo set of the default size in `cache_dir`, or where that is empty in the user's cache folder
/// of this program: its folder. Written when it is missing, damaged or of another generator version.
///
/// The set is written beside its place and renamed into it, so that two processes may do this at once
/// and a reader never sees half a set.
///
/// # Errors
/// As [`write()`]; also where the cache folder is unknown, or holds something else under that name.
pub fn ensure(cache_dir: &str, observer: Observer<'_>) -> Result<PathBuf, DemoError> {
    let cache = super::cache_folder(cache_dir).map_err(|_| DemoError::NoHome)?;
    let target = cache.join("demo");
    if seal::holds(&target) {
        return Ok(target);
    }
    refuse_foreign(&target)?;
    fs::create_dir_all(&cache).map_err(DemoError::io("making the cache folder", &cache))?;
    sweep(&cache);

    let staging = aside(&cache);
    write(&staging, Size::Default, SEED, observer)?;
    let result = install(&staging, &target, &cache);
    if result.is_err() {
        let _ = fs::remove_dir_all(&staging);
    }
    result.map(|()| target)
}

/// Make sure that `out` is an empty folder; true where it had to be made.
fn make_empty(out: &Path) -> Result<bool, DemoError> {
    match fs::read_dir(out) {
        Ok(mut entries) => match entries.next() {
            None => Ok(false),
            Some(_) => Err(DemoError::NotEmpty { path: out.to_owned() }),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(out).map_err(DemoError::io("making the folder", out))?;
            Ok(true)
        }
        Err(error) => Err(DemoError::io("looking into the folder", out)(error)),
    }
}

/// Refuse before writing what would fill the disk. Where the free room is unknown, writing will tell.
fn room(out: &Path, size: Size) -> Result<(), DemoError> {
    let needed = size.bytes();
    match rustix::fs::statvfs(out) {
        Ok(disk) if disk.f_bavail.saturating_mul(disk.f_frsize) < needed => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            Err(DemoError::NoRoom { path: out.to_owned(), needed, free })
        }
        _ => Ok(()),
    }
}

fn fill(out: &Path, size: Size, seed: u64, observer: Observer<'_>) -> Result<(), DemoError> {
    files::write(out, &Plan::new(seed), size, seed, observer)?;
    let readme = out.join(README);
    fs::write(&readme, readme_text(size, seed)).map_err(DemoError::io("writing", &readme))?;
    Seal::of(out, seed)?.write(out)
}

fn readme_text(size: Size, seed: u64) -> String {
    format!(
        "This is {NOTICE}.\n\n\
         avsc-tui made these audio and video features with a random number generator (generator version \
         {GENERATOR_VERSION}, seed {seed}, {} frames a clip). They look and train like features of the TAU \
         Audio-Visual Urban Scenes 2021 data set, but no sound or picture stands behind them: scores on \
         them say nothing about real scenes. Location numbers start at {}, which no real location has.\n",
        size.frames(),
        plan::FIRST_LOCATION,
    )
}

/// A folder that holds anything but a demo set's own files is somebody's, and stays as it is.
fn refuse_foreign(target: &Path) -> Result<(), DemoError> {
    let entries = match fs::read_dir(target) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(DemoError::io("looking into the folder", target)(error)),
    };
    let ours = |name: &str| FOLDERS.contains(&name) || [README, seal::NAME].contains(&name);
    for entry in entries.flatten() {
        if !entry.file_name().to_str().is_some_and(ours) {
            return Err(DemoError::NotEmpty { path: target.to_owned() });
        }
    }
    Ok(())
}

/// Put the finished set in its place, moving an old one out of the way.
fn install(staging: &Path, target: &Path, cache: &Path) -> Result<(), DemoError> {
    let mut last = None;
    // Another process may put its set there between any two steps: then that one serves as well.
    for _ in 0..3 {
        match fs::rename(staging, target) {
            Ok(()) => return Ok(()),
            Err(error) => last = Some(error),
        }
        if seal::holds(target) {
            return fs::remove_dir_all(staging).map_err(DemoError::io("removing", staging));
        }
        let old = aside(cache);
        if fs::rename(target, &old).is_ok() {
            let _ = fs::remove_dir_all(&old);
        }
    }
    Err(DemoError::io("replacing", target)(last.unwrap_or_else(|| io::ErrorKind::DirectoryNotEmpty.into())))
}

const ASIDE: &str = ".demo-";

/// A new name in the cache folder that no other process or thread uses.
fn aside(cache: &Path) -> PathBuf {
    cache.join(format!("{ASIDE}{:016x}", rand::random::<u64>()))
}

/// Remove what killed processes left behind. Writing takes seconds, so an hour tells old from live.
fn sweep(cache: &Path) {
    for entry in fs::read_dir(cache).into_iter().flatten().flatten() {
        let left_behind = entry.file_name().to_str().is_some_and(|name| name.starts_with(ASIDE))
            && entry
                .metadata()
                .and_then(|data| data.modified())
                .is_ok_and(|time| time.elapsed().is_ok_and(|age| age > Duration::from_hours(1)));
        if left_behind {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
