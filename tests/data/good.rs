use std::{collections::BTreeMap, fs, ops::ControlFlow, sync::Mutex};

use avsc_tui::data::{self, Dataset, LoadProgress, Split};

use super::{copy, fixture, load, settings};

/// (split, clip, modality) to (label, normalised vector), as numpy has it.
fn expected(name: &str) -> BTreeMap<(String, String, String), (usize, Vec<f32>)> {
    let text = fs::read_to_string(fixture(name).join("expected.csv")).unwrap();
    let rows = text.lines().map(|line| {
        let mut cells = line.split(',');
        let mut cell = || cells.next().unwrap().to_owned();
        let (split, aid, label, modality) = (cell(), cell(), cell(), cell());
        let vector = cells.map(|value| value.parse().unwrap()).collect();
        ((split, aid, modality), (label.parse().unwrap(), vector))
    });
    rows.collect()
}

fn close(a: f32, b: f32) -> bool {
    (a - b).abs() <= 1e-6 * b.abs().max(1e-3)
}

#[track_caller]
fn check(name: &str, set: &Dataset) {
    let mut left = expected(name);
    for (split_name, split) in [("train", &set.train), ("val", &set.val), ("test", &set.test)] {
        assert!(split.ids.is_sorted(), "{name}: clips in the order of their ids");
        for (index, aid) in split.ids.iter().enumerate() {
            for (modality, vectors, width) in
                [("audio", &split.audio, set.audio_width), ("video", &split.video, set.video_width)]
            {
                let key = (split_name.to_owned(), aid.clone(), modality.to_owned());
                let (label, vector) = left.remove(&key).unwrap_or_else(|| panic!("{name}: {key:?}"));
                assert_eq!(split.labels[index], label, "{name}: {key:?}");
                let found = &vectors[index * width..(index + 1) * width];
                assert!(found.iter().zip(&vector).all(|(a, b)| close(*a, *b)), "{name}: {key:?}: {found:?} {vector:?}");
                assert_eq!(found.len(), vector.len(), "{name}: {key:?}");
            }
        }
    }
    assert!(left.is_empty(), "{name}: not read: {:?}", left.keys());
}

#[test]
fn sets_of_every_kind_have_numpys_values() {
    let kinds = [
        "framework",
        "baseline",
        "ragged",
        "long",
        "gzip",
        "lzf",
        "chunked",
        "no_norm",
        "new_groups",
        "user_block",
        "float16",
        "float64",
        "big_endian",
        "class_names",
        "anonymous",
    ];
    for name in kinds {
        let set = load(&settings(&fixture(name))).unwrap_or_else(|error| panic!("{name}: {error}"));
        check(name, &set);
        assert_eq!((set.audio_width, set.video_width, set.demo, set.from_cache), (6, 4, false, false));
        if name == "anonymous" {
            assert_eq!(set.classes, ["class 0", "class 1", "class 2"]);
        } else {
            assert_eq!(set.classes, ["airport", "bus", "metro"], "{name}");
        }
    }
}

#[test]
fn missing_statistics_are_computed_and_said_so() {
    let set = load(&settings(&fixture("no_norm"))).unwrap();
    assert!(set.notes.iter().any(|note| note.contains("computed from the training split")), "{:?}", set.notes);
    assert!(set.train.audio.iter().step_by(6).all(|value| *value == 0.0), "a constant feature is 0, not noise");
}

#[test]
fn twins_of_other_lengths_are_noted() {
    let set = load(&settings(&fixture("ragged"))).unwrap();
    assert!(set.notes.iter().any(|note| note.contains("number of audio and video frames")), "{:?}", set.notes);
}

#[test]
fn fewer_frames_can_be_asked_for() {
    let config = settings(&fixture("ragged"));
    let all = load(&config).unwrap();
    let few = load(&avsc_tui::config::DataConfig { max_frames: 2, ..config }).unwrap();
    assert_ne!(all.fingerprint, few.fingerprint);
}

#[test]
fn a_parent_folder_may_be_named_like_a_modality() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("audio/video_features/audio");
    copy(&fixture("framework"), &dir);
    check("framework", &load(&settings(&dir)).unwrap());
}

#[test]
fn the_set_is_found_below_feature_and_from_a_modality_folder() {
    let folder = tempfile::tempdir().unwrap();
    copy(&fixture("framework"), &folder.path().join("feature"));
    check("framework", &load(&settings(folder.path())).unwrap());
    check("framework", &load(&settings(&folder.path().join("feature/audio_features_data"))).unwrap());
}

#[test]
fn named_files_win_over_the_folder() {
    let named = |path: &str| fixture("baseline").join(path).display().to_string();
    let mut config = settings(&fixture("framework"));
    config.test_audio = named("audio_features_data/tt.hdf5");
    config.test_video = named("video_features_data/tt.hdf5");
    let (mixed, framework) = (load(&config).unwrap(), load(&settings(&fixture("framework"))).unwrap());
    assert_eq!(mixed.train, framework.train);
    assert_ne!(mixed.test, framework.test);
}

#[test]
fn configured_classes_name_the_labels() {
    let mut config = settings(&fixture("anonymous"));
    config.classes = ["a", "b", "c", "unseen"].map(str::to_owned).to_vec();
    assert_eq!(load(&config).unwrap().classes, config.classes);
}

#[test]
fn loading_twice_gives_the_same_set() {
    let config = settings(&fixture("long"));
    assert_eq!(load(&config).unwrap(), load(&config).unwrap());
}

#[test]
fn clips_in_two_splits_are_noted() {
    let folder = tempfile::tempdir().unwrap();
    copy(&fixture("framework"), folder.path());
    for modality in ["audio", "video"] {
        let base = folder.path().join(format!("{modality}_features_data"));
        fs::copy(base.join("train.hdf5"), base.join("test.hdf5")).unwrap();
    }
    let set = load(&settings(folder.path())).unwrap();
    assert!(
        set.notes.iter().any(|note| note.starts_with("7 clips of the test split are in train too")),
        "{:?}",
        set.notes
    );
}

#[test]
fn progress_counts_every_clip() {
    let seen = Mutex::new(Vec::<LoadProgress>::new());
    let observer = |progress| {
        seen.lock().unwrap().push(progress);
        ControlFlow::Continue(())
    };
    let set = data::load(&settings(&fixture("framework")), &observer).unwrap();
    let clips = 2 * [&set.train, &set.val, &set.test].map(Split::len).iter().sum::<usize>();
    let seen = seen.into_inner().unwrap();
    let last = seen.last().unwrap();
    assert_eq!((last.clips, last.total), (clips, clips));
    assert_eq!(last.bytes, (14 * 5 * (6 + 4) * 4) as u64);
}

#[test]
fn loading_can_be_cancelled_at_the_last_clip() {
    let observer = |progress: LoadProgress| {
        if progress.clips > 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let result = data::load(&settings(&fixture("framework")), &observer);
    assert!(matches!(result, Err(data::DataError::Cancelled)));
}

#[test]
fn loading_can_be_cancelled() {
    let result = data::load(&settings(&fixture("framework")), &|_| ControlFlow::Break(()));
    assert!(matches!(result, Err(data::DataError::Cancelled)));
}
