use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use avsc_tui::{config::DataConfig, data::Dataset};

use super::{copy, fixture, load, settings};

struct Cached {
    folder: tempfile::TempDir,
    config: DataConfig,
}

impl Cached {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&fixture("ragged"), &folder.path().join("set"));
        let cache_dir = folder.path().join("new/cache").display().to_string();
        let config = DataConfig { cache: true, cache_dir, ..settings(&folder.path().join("set")) };
        Self { folder, config }
    }

    fn load(&self) -> Dataset {
        load(&self.config).unwrap()
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.config.cache_dir).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    fn feature(&self) -> PathBuf {
        self.folder.path().join("set/audio_features_data/val.hdf5")
    }
}

fn touch(path: &Path) {
    let file = fs::File::options().append(true).open(path).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1)).unwrap();
}

#[track_caller]
fn same_content(a: &Dataset, b: &Dataset) {
    assert_eq!((&a.train, &a.val, &a.test, &a.fingerprint), (&b.train, &b.val, &b.test, &b.fingerprint));
    assert_eq!(a.classes, b.classes);
    assert_eq!(a.source, b.source);
}

#[test]
fn the_second_start_reads_the_cache() {
    let cached = Cached::new();
    let (first, second) = (cached.load(), cached.load());
    assert!(!first.from_cache && second.from_cache);
    same_content(&first, &second);
    assert_eq!(first.notes, second.notes);
    assert_eq!(cached.files().len(), 1);
    same_content(&first, &load(&DataConfig { cache: false, ..cached.config.clone() }).unwrap());
}

#[test]
fn changed_features_are_read_again() {
    let cached = Cached::new();
    cached.load();
    touch(&cached.feature());
    let again = cached.load();
    assert!(!again.from_cache);
    assert!(again.notes.iter().any(|note| note.contains("changed since they were cached")), "{:?}", again.notes);
    assert!(cached.load().from_cache);
    assert_eq!(cached.files().len(), 1, "the old cache was replaced");
}

#[test]
fn other_settings_have_their_own_cache() {
    let mut cached = Cached::new();
    let all = cached.load();
    cached.config.max_frames = 2;
    let few = cached.load();
    assert!(!few.from_cache);
    assert_ne!(all.fingerprint, few.fingerprint);
    assert_eq!(cached.files().len(), 2);
}

#[test]
fn a_damaged_cache_is_never_trusted() {
    let cached = Cached::new();
    let first = cached.load();
    let path = cached.files().remove(0);
    let whole = fs::read(&path).unwrap();
    for position in (0..whole.len()).step_by(37) {
        let mut flipped = whole.clone();
        flipped[position] ^= 0x10;
        for bytes in [&flipped[..], &whole[..position]] {
            fs::write(&path, bytes).unwrap();
            let again = cached.load();
            assert!(!again.from_cache, "damaged at {position}");
            assert!(again.notes.iter().any(|note| note.contains("damaged")), "{:?}", again.notes);
            same_content(&first, &again);
        }
    }
    assert_eq!(fs::read(&path).unwrap(), whole, "made again as it was");
}

#[test]
fn an_unwritable_cache_is_a_note() {
    let mut cached = Cached::new();
    // A file where the folder should be: root may write anywhere else.
    cached.config.cache_dir = cached.feature().join("cache").display().to_string();
    let set = cached.load();
    assert!(set.notes.iter().any(|note| note.contains("cannot be")), "{:?}", set.notes);
}

#[test]
fn a_read_only_folder_is_a_note_or_root_wrote_it() {
    let cached = Cached::new();
    fs::create_dir_all(&cached.config.cache_dir).unwrap();
    fs::set_permissions(&cached.config.cache_dir, fs::Permissions::from_mode(0o555)).unwrap();
    let set = cached.load();
    assert!(set.notes.iter().any(|note| note.contains("cannot be written")) || cached.files().len() == 1);
    fs::set_permissions(&cached.config.cache_dir, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn two_that_write_at_once_leave_one_whole_cache() {
    let cached = Cached::new();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| cached.load());
        }
    });
    assert_eq!(cached.files().len(), 1);
    assert!(cached.load().from_cache);
}

#[test]
fn what_a_killed_writer_left_is_removed_in_time() {
    let cached = Cached::new();
    cached.load();
    let path = cached.files().remove(0);
    let (old, new) = (path.with_extension("tmp-1-1"), path.with_extension("tmp-2-2"));
    fs::write(&old, "half").unwrap();
    fs::write(&new, "half").unwrap();
    touch(&old);
    touch(&cached.feature());
    cached.load();
    assert!(!old.exists() && new.exists(), "the new one may still be written");
}
