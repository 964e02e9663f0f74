use std::ops::ControlFlow;

use avsc_tui::{
    config::DataConfig,
    data::{self, Inspection},
};

use super::{broken_set, fixture, settings};

fn inspect(config: &DataConfig) -> Inspection {
    data::inspect(config, &|_| ControlFlow::Continue(())).unwrap()
}

#[test]
fn a_good_set_is_described() {
    let inspection = inspect(&settings(&fixture("ragged")));
    assert_eq!(inspection.problems, [""; 0]);
    assert_eq!(inspection.classes, ["airport", "bus", "metro"]);
    assert_eq!(inspection.splits[0].clips_per_class, [3, 2, 2]);
    assert_eq!(inspection.splits[0].locations, 6);
    let file = &inspection.files[1];
    assert_eq!((file.clips, file.frames), (7, Some([2, 11, 20])));
    assert_eq!(file.widths.keys().collect::<Vec<_>>(), [&4]);
    let json = serde_json::to_value(&inspection).unwrap();
    assert_eq!(json["files"][0]["dtypes"]["float32"], 7);
    assert_eq!(json["files"][0]["layouts"]["dataset"], 7);
    assert_eq!(json["files"][0]["split"], "train");
}

#[test]
fn storage_is_told() {
    let text = inspect(&settings(&fixture("gzip"))).to_string();
    assert!(text.contains("gzip 4, shuffle"), "{text}");
    let text = inspect(&settings(&fixture("big_endian"))).to_string();
    assert!(text.contains("float32 big-endian"), "{text}");
    let text = inspect(&settings(&fixture("baseline"))).to_string();
    assert!(text.contains("frames") && text.contains("no problems"), "{text}");
}

#[test]
fn all_problems_are_listed() {
    let folder = broken_set("nan");
    super::copy(&fixture("broken/missing_twin"), folder.path());
    super::copy(&fixture("broken/not_hdf5"), folder.path());
    super::copy(&fixture("broken/zero_std"), folder.path());
    let inspection = inspect(&settings(folder.path()));
    let text = inspection.to_string();
    for part in ["NaN", "2/video/metro-city-100-2", "not an HDF5 file", "global_std"] {
        assert!(inspection.problems.iter().any(|problem| problem.contains(part)), "{part}: {text}");
    }
    assert_eq!(inspection.problems.len(), 4, "no problem follows from another: {text}");
    assert!(!text.contains("bus-city-101-1` is missing"), "a broken clip is not a missing one: {text}");
}
