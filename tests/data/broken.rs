use std::fs;

use super::{broken_set, copy, fixture, load, settings};

/// What the message of each refusal must name: file, dataset, and the remedy.
const REFUSALS: &[(&str, &[&str])] = &[
    ("nan", &["audio_features_data/train.hdf5", "1/audio/bus-city-101-1", "NaN", "compute the features"]),
    ("infinite", &["audio_features_data/train.hdf5", "1/audio/bus-city-101-1", "infinite"]),
    ("missing_twin", &["video_features_data/train.hdf5", "2/video/metro-city-100-2", "missing", "audio_features_data"]),
    ("width", &["audio_features_data/train.hdf5", "1/audio/bus-city-101-1", "width 7", "width 6"]),
    ("integers", &["1/audio/bus-city-101-1", "int32", "float32"]),
    ("no_frames", &["1/audio/bus-city-101-1", "no frames"]),
    ("shape", &["1/audio/bus-city-101-1", "[5, 6, 2]", "frames × width"]),
    ("huge", &["1/audio/bus-city-101-1"]),
    ("label_range", &["17/audio/bus-city-100-999", "out of range", "0 to 2"]),
    ("wrong_label", &["0/audio/bus-city-101-1", "airport", "bus"]),
    ("label_twins", &["0/audio/bus-city-101-1", "label 0", "label 1"]),
    ("two_labels", &["2/audio/bus-city-101-1", "label 1"]),
    ("external", &["0/audio", "airport-city-100-998", "another file"]),
    ("empty_split", &["val split has no clips"]),
    ("truncated", &["audio_features_data/train.hdf5", "cut short", "copy it again"]),
    ("not_hdf5", &["audio_features_data/val.hdf5", "not an HDF5 file"]),
    ("swapped", &["audio_features_data/train.hdf5", "0/audio", "video features"]),
    ("zero_std", &["audio_features_data/global_mean_std.npz", "global_std", "over 0"]),
    ("nan_std", &["global_mean_std.npz", "NaN"]),
    ("norm_width", &["global_mean_std.npz", "5 values", "have 6"]),
    ("norm_huge", &["global_mean_std.npz", "claims 1099511627776 values"]),
    ("not_npz", &["global_mean_std.npz", "not a .npz file", "remove the file"]),
];

#[test]
fn refusals_name_file_dataset_and_remedy() {
    let names: std::collections::BTreeSet<_> = REFUSALS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let there = fs::read_dir(fixture("broken")).unwrap();
    let there: std::collections::BTreeSet<_> =
        there.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(names, there, "every broken set has a row");
    for (name, parts) in REFUSALS {
        let folder = broken_set(name);
        let Err(error) = load(&settings(folder.path())) else { panic!("{name} was read") };
        let message = error.to_string();
        for part in *parts {
            assert!(message.contains(part), "{name}: `{part}` is not in: {message}");
        }
    }
}

#[test]
fn what_is_not_there_is_said_with_what_is() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("readme.txt"), "").unwrap();
    let message = load(&settings(folder.path())).unwrap_err().to_string();
    for part in ["train.hdf5", "tr.hdf5", "holds readme.txt", "audio_features_data", "data.train_audio"] {
        assert!(message.contains(part), "{message}");
    }
    copy(&fixture("framework"), folder.path());
    fs::remove_file(folder.path().join("video_features_data/test.hdf5")).unwrap();
    let message = load(&settings(folder.path())).unwrap_err().to_string();
    assert!(message.contains("no video features of the test split"), "{message}");
    let mut config = settings(folder.path());
    config.test_video = "/nowhere/test.hdf5".to_owned();
    let message = load(&config).unwrap_err().to_string();
    assert!(message.contains("data.test_video = /nowhere/test.hdf5"), "{message}");
}

/// A damaged file is read or refused, and never ends the program.
#[test]
fn damage_anywhere_is_an_error_or_harmless() {
    for name in ["framework", "gzip", "baseline", "new_groups"] {
        let folder = tempfile::tempdir().unwrap();
        copy(&fixture(name), folder.path());
        let file = if name == "baseline" { "val.hdf5" } else { "test.hdf5" };
        let path = folder.path().join("audio_features_data").join(file);
        let whole = fs::read(&path).unwrap();
        let config = settings(folder.path());
        let mut refused = 0;
        for position in (0..whole.len()).step_by(whole.len() / 150) {
            fs::write(&path, &whole[..position]).unwrap();
            refused += usize::from(load(&config).is_err());
            for flip in [0xff, 0x01] {
                let mut bytes = whole.clone();
                bytes[position] ^= flip;
                fs::write(&path, bytes).unwrap();
                refused += usize::from(load(&config).is_err());
            }
        }
        assert!(refused > 150, "{name}: every truncated file is refused, and some others: {refused}");
    }
}

#[test]
fn damaged_statistics_are_an_error_or_harmless() {
    let folder = tempfile::tempdir().unwrap();
    copy(&fixture("framework"), folder.path());
    let path = folder.path().join("audio_features_data/global_mean_std.npz");
    let whole = fs::read(&path).unwrap();
    for position in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[position] ^= 0xff;
        fs::write(&path, bytes).unwrap();
        if let Ok(set) = load(&settings(folder.path())) {
            assert!(set.train.audio.iter().all(|value| value.is_finite()));
        }
    }
}
