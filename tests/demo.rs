//! The demo set as a person meets it: written to a folder, kept in the cache, cancelled, in the way.

#![allow(clippy::unwrap_used)]

use std::{
    collections::BTreeSet,
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use avsc_tui::data::{
    LoadProgress,
    demo::{self, DemoError, Size},
};
use hdf5_metno::{File, types::VarLenUnicode};
use tempfile::TempDir;

const FILES: [&str; 8] = [
    "audio_features_data/train.hdf5",
    "audio_features_data/val.hdf5",
    "audio_features_data/test.hdf5",
    "audio_features_data/global_mean_std.npz",
    "video_features_data/train.hdf5",
    "video_features_data/val.hdf5",
    "video_features_data/test.hdf5",
    "video_features_data/global_mean_std.npz",
];

fn quiet(_: LoadProgress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn write(seed: u64) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let set = folder.path().join("deep/set");
    demo::write(&set, Size::Default, seed, &quiet).unwrap();
    (folder, set)
}

/// Clip ids of one file by label, and every vector's mean over its frames, in the file's order.
fn read(path: &Path, modality: &str) -> (Vec<(usize, String)>, Vec<Vec<f32>>) {
    let file = File::open(path).unwrap();
    let notice = file.attr("demo").unwrap().read_scalar::<VarLenUnicode>().unwrap();
    assert_eq!(notice.as_str(), demo::NOTICE);
    let (mut ids, mut means) = (Vec::new(), Vec::new());
    for label in 0..10 {
        let group = file.group(&format!("{label}/{modality}")).unwrap();
        for id in group.member_names().unwrap() {
            let dataset = group.dataset(&id).unwrap();
            assert_eq!(dataset.shape(), [Size::Default.frames(), 512]);
            assert!(!dataset.is_chunked() && dataset.offset().is_some());
            let frames = dataset.read_raw::<f32>().unwrap();
            assert!(frames.iter().all(|value| value.is_finite()));
            let frame = |i: usize| frames.chunks_exact(512).map(move |frame| frame[i]);
            means.push((0..512).map(|i| frame(i).sum::<f32>() / Size::Default.frames() as f32).collect());
            ids.push((label, id));
        }
    }
    (ids, means)
}

#[test]
fn a_written_set_has_the_promised_layout() {
    let (_folder, set) = write(1);
    assert!(fs::read_to_string(set.join("README.txt")).unwrap().contains(demo::NOTICE));
    let mut locations = BTreeSet::new();
    for (split, clips) in [("train", 7_907), ("val", 739), ("test", 3_645)] {
        let path = |modality: &str| set.join(format!("{modality}_features_data/{split}.hdf5"));
        let (audio, _) = read(&path("audio"), "audio");
        let (video, _) = read(&path("video"), "video");
        assert_eq!(audio.len(), clips);
        assert_eq!(audio, video, "every clip has its twin");

        let here: BTreeSet<String> = audio.iter().map(|(_, id)| id.split('-').nth(2).unwrap().to_owned()).collect();
        assert!(here.iter().all(|number| number.parse::<usize>().unwrap() >= 9_000), "no real location");
        assert!(here.is_disjoint(&locations), "{split} shares a location with another split");
        locations.extend(here);
        let (label, id) = &audio[0];
        assert!(*label == 0 && id.starts_with("airport-"), "{id}");
    }
    let size: u64 = FILES.iter().map(|file| fs::metadata(set.join(file)).unwrap().len()).sum();
    assert!(size < 150_000_000, "{size} bytes");
    assert!(size.abs_diff(Size::Default.bytes()) < size / 10, "{size} bytes, foretold {}", Size::Default.bytes());
}

#[test]
fn the_npz_holds_mean_and_deviation_over_the_training_frames() {
    let (_folder, set) = write(2);
    let mut npz = npyz::npz::NpzArchive::open(set.join("video_features_data/global_mean_std.npz")).unwrap();
    let mut array = |name: &str| npz.by_name(name).unwrap().unwrap().into_vec::<f64>().unwrap();
    let (mean, std) = (array("global_mean"), array("global_std"));
    assert_eq!((mean.len(), std.len()), (512, 512));
    let (_, clips) = read(&set.join("video_features_data/train.hdf5"), "video");
    for i in [0, 100, 511] {
        let expected = clips.iter().map(|clip| f64::from(clip[i])).sum::<f64>() / clips.len() as f64;
        assert!((mean[i] - expected).abs() < 1e-4, "feature {i}: {} and {expected}", mean[i]);
        let between =
            clips.iter().map(|clip| (f64::from(clip[i]) - expected).powi(2)).sum::<f64>() / clips.len() as f64;
        assert!(std[i] > between.sqrt(), "frames vary around their clip as well");
    }
}

#[test]
fn the_seed_decides_every_byte_and_threads_none() {
    let one = tempfile::tempdir().unwrap();
    let single = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    single.install(|| demo::write(one.path(), Size::Default, 7, &quiet)).unwrap();
    let (_folder, again) = write(7);
    let (_folder, other) = write(8);
    for file in FILES {
        let bytes = |set: &Path| fs::read(set.join(file)).unwrap();
        assert!(bytes(one.path()) == bytes(&again), "{file} differs between two sets of one seed");
        assert!(bytes(&again) != bytes(&other), "{file} is the same for two seeds");
    }
}

#[test]
fn a_folder_with_files_in_it_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mine = folder.path().join("thesis.tex");
    fs::write(&mine, "mine").unwrap();
    let error = demo::write(folder.path(), Size::Default, 1, &quiet).unwrap_err();
    assert!(matches!(error, DemoError::NotEmpty { .. }), "{error}");
    assert!(error.to_string().contains(&folder.path().display().to_string()), "{error}");
    let error = demo::write(&mine, Size::Default, 1, &quiet).unwrap_err();
    assert!(error.to_string().contains("thesis.tex"), "{error}");
    assert_eq!(fs::read_to_string(mine).unwrap(), "mine");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn cancelling_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let calls = AtomicUsize::new(0);
    let cancel = |_: LoadProgress| match calls.fetch_add(1, Ordering::Relaxed) {
        0 | 1 => ControlFlow::Continue(()),
        _ => ControlFlow::Break(()),
    };
    let set = folder.path().join("set");
    assert!(matches!(demo::write(&set, Size::Full, 1, &cancel), Err(DemoError::Cancelled)));
    assert!(!set.exists());

    calls.store(0, Ordering::Relaxed);
    assert!(matches!(demo::ensure(folder.path().to_str().unwrap(), &cancel), Err(DemoError::Cancelled)));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);

    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    calls.store(0, Ordering::Relaxed);
    assert!(matches!(demo::write(&empty, Size::Default, 1, &cancel), Err(DemoError::Cancelled)));
    assert_eq!(fs::read_dir(&empty).unwrap().count(), 0, "the person's own empty folder stays");
}

#[test]
fn progress_grows_to_all_clips_of_both_modalities() {
    let folder = tempfile::tempdir().unwrap();
    let seen = Mutex::new(Vec::new());
    let watch = |progress: LoadProgress| {
        seen.lock().unwrap_or_else(PoisonError::into_inner).push(progress);
        ControlFlow::Continue(())
    };
    demo::write(folder.path(), Size::Default, 1, &watch).unwrap();
    let seen = seen.into_inner().unwrap();
    assert!(seen.len() > 10 && seen.windows(2).all(|pair| pair[0].clips < pair[1].clips));
    let last = seen.last().unwrap();
    assert_eq!((last.clips, last.total), (24_582, 24_582));
    assert_eq!(last.bytes, 24_582 * 2 * 512 * 4);
}

#[test]
fn the_cached_set_is_written_once_and_mended_when_damaged() {
    let cache = tempfile::tempdir().unwrap();
    let writes = AtomicUsize::new(0);
    let count = |progress: LoadProgress| {
        writes.fetch_add(usize::from(progress.clips == progress.total), Ordering::Relaxed);
        ControlFlow::Continue(())
    };
    let ensure = || demo::ensure(cache.path().to_str().unwrap(), &count).unwrap();
    let set = ensure();
    assert_eq!((ensure(), writes.load(Ordering::Relaxed)), (set.clone(), 1));

    let file = set.join(FILES[2]);
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(ensure(), set);
    assert!(fs::read(&file).unwrap() == whole, "a file that was cut off is whole again");

    fs::remove_file(set.join("demo-set.toml")).unwrap();
    ensure();
    let marker = fs::read_to_string(set.join("demo-set.toml")).unwrap();
    fs::write(set.join("demo-set.toml"), marker.replace("version = ", "version = 9")).unwrap();
    ensure();
    assert_eq!(writes.load(Ordering::Relaxed), 4);
    assert_eq!(fs::read_to_string(set.join("demo-set.toml")).unwrap(), marker);
    assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 1, "nothing is left beside the set");
}

#[test]
fn two_at_once_end_with_one_whole_set() {
    let cache = tempfile::tempdir().unwrap();
    let ensure = || demo::ensure(cache.path().to_str().unwrap(), &quiet).unwrap();
    let (one, other) = thread::scope(|scope| {
        let other = scope.spawn(ensure);
        (ensure(), other.join().unwrap())
    });
    assert_eq!(one, other);
    assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 1);
    assert!(FILES.iter().all(|file| one.join(file).is_file()));
}

#[test]
fn something_else_under_the_sets_name_is_refused() {
    let cache = tempfile::tempdir().unwrap();
    let mine = cache.path().join("demo/holiday.jpg");
    fs::create_dir(cache.path().join("demo")).unwrap();
    fs::write(&mine, "mine").unwrap();
    let error = demo::ensure(cache.path().to_str().unwrap(), &quiet).unwrap_err();
    assert!(matches!(error, DemoError::NotEmpty { .. }), "{error}");
    assert!(mine.exists());
}
