//! Files of predictions and of labels, as other programs write them.

#![allow(clippy::unwrap_used, reason = "a helper fails its test by panicking")]

use avsc_tui::{
    metrics::{Combine, log_loss},
    protocol::Unit,
    runs::results::{LabelFile, Predictions, Truth, aligned},
};

const PLAIN: &str = "aid\tscene_pred\tscene_label\tbus\ttram\n\
                     bus-rome-1-1\tbus\tbus\t0.750\t0.250\n\
                     tram-oslo-2-1\tbus\ttram\t0.600\t0.400\n";

fn read(text: &str) -> Predictions {
    Predictions::parse("file.csv", text.as_bytes()).unwrap()
}

#[test]
fn the_same_table_in_any_dress_is_the_same() {
    let plain = read(PLAIN);
    assert_eq!(plain.classes, ["bus", "tram"]);
    assert_eq!(plain.ids, ["bus-rome-1-1", "tram-oslo-2-1"]);
    assert_eq!((&plain.predictions[..], plain.unit, plain.decimals), (&[0, 0][..], Unit::Clip, Some(3)));
    assert_eq!(plain.truth, Some((vec![0, 1], Truth::Given)));
    let dresses = [
        ("commas", PLAIN.replace('\t', ",")),
        ("line ends of Windows", PLAIN.replace('\n', "\r\n")),
        ("a byte order mark", format!("\u{feff}{PLAIN}")),
        ("quotes", PLAIN.replace("bus-rome-1-1", "\"bus-rome-1-1\"").replace("0.750", "\"0.750\"")),
        ("blanks around the numbers", PLAIN.replace("0.750", " 0.750 ")),
        ("an empty line at the end", format!("{PLAIN}\n")),
        ("no line end at the end", PLAIN.trim_end().to_owned()),
        (
            "columns in another order, and an index that pandas wrote",
            "\tscene_label\ttram\taid\tbus\tscene_pred\n\
             0\tbus\t0.250\tbus-rome-1-1\t0.750\tbus\n\
             1\ttram\t0.400\ttram-oslo-2-1\t0.600\tbus\n"
                .to_owned(),
        ),
    ];
    for (dress, text) in dresses {
        let file = aligned(vec![plain.clone(), read(&text)]).unwrap().pop().unwrap();
        assert_eq!(file, plain, "{dress}");
    }
}

#[test]
fn without_labels_the_ids_tell_the_truth_if_they_can() {
    let submission = "aid,scene_pred,bus,tram\nbus-rome-1-1,bus,0.9,0.1\ntram-oslo-2-1,tram,0.1,0.9\n";
    assert_eq!(read(submission).truth, Some((vec![0, 1], Truth::Ids)));
    let nameless = submission.replace("tram-oslo-2-1", "clip 7");
    let file = read(&nameless);
    assert_eq!(file.truth, None);
    let error = file.clips().unwrap_err().to_string();
    assert!(error.contains("--labels"), "{error}");
    // It can still be written, in the form of a submission.
    assert_eq!(
        file.to_csv().unwrap(),
        "aid\tscene_pred\tbus\ttram\nbus-rome-1-1\tbus\t0.900\t0.100\nclip 7\ttram\t0.100\t0.900\n"
    );
}

#[test]
fn labels_join_by_the_name_of_the_recording() {
    let list = "filename_audio\tfilename_video\tscene_label\n\
                audio/bus-rome-1-1.wav\tvideo/bus-rome-1-1.mp4\ttram\n\
                audio/tram-oslo-2-1.wav\tvideo/tram-oslo-2-1.mp4\ttram\n\
                audio/tram-oslo-2-2.wav\tvideo/tram-oslo-2-2.mp4\ttram\n";
    for list in [list.to_owned(), list.replace('\t', ",")] {
        let labels = LabelFile::parse("list.csv", list.as_bytes()).unwrap();
        let mut file = read(PLAIN);
        file.join(&labels).unwrap();
        assert_eq!(file.truth, Some((vec![1, 1], Truth::File("list.csv".to_owned()))));
        assert!(file.notes[0].contains("1 labels"), "{:?}", file.notes);
    }
    let cases = [
        ("a clip is missing", "aid,scene_label\nbus-rome-1-1,bus\n", "no label of 1 of the 2"),
        ("a class nobody predicts", "aid,scene_label\nbus-rome-1-1,ship\ntram-oslo-2-1,bus\n", "\"ship\""),
    ];
    for (reason, list, message) in cases {
        let error = read(PLAIN).join(&LabelFile::parse("list.csv", list.as_bytes()).unwrap()).unwrap_err().to_string();
        assert!(error.contains(message), "{reason}: {error}");
    }
    let cases = [
        ("no labels", "aid,label\na,b\n", "no column `scene_label`"),
        ("two labels for a clip", "aid,scene_label\na,b\na,c\n", "line 3"),
        ("a label is empty", "aid,scene_label\na,\n", "line 2"),
        ("nothing below the header", "aid,scene_label\n", "no rows"),
    ];
    for (reason, list, message) in cases {
        let error = LabelFile::parse("list.csv", list.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(message) && error.contains("list.csv"), "{reason}: {error}");
    }
}

#[test]
fn what_is_wrong_is_told_with_file_and_line() {
    let row = |line: &str| format!("aid,scene_pred,scene_label,bus,tram\na,bus,bus,0.5,0.5\n{line}\n");
    let cases = [
        ("an empty file", String::new(), "is empty"),
        ("no rows", "aid,scene_pred,bus\n".to_owned(), "no rows"),
        ("no ids", "scene_pred,bus\nbus,1\n".to_owned(), "no column `aid`"),
        ("no predictions", "aid,bus\na,1\n".to_owned(), "no column `scene_pred`"),
        ("no classes", "aid,scene_pred,scene_label\na,bus,bus\n".to_owned(), "no columns of probabilities"),
        ("a column twice", "aid,scene_pred,bus,bus\na,bus,1,0\n".to_owned(), "two columns \"bus\""),
        ("a field is missing", row("b,bus,bus,0.5"), "line 3: 4 fields"),
        ("a field too many", row("b,bus,bus,0.5,0.5,1"), "line 3: 6 fields"),
        ("no number", row("b,bus,bus,half,0.5"), "line 3: the probability of bus is \"half\""),
        ("NaN", row("b,bus,bus,NaN,0.5"), "line 3: the probability of bus is NaN"),
        ("infinite", row("b,bus,bus,0.5,inf"), "line 3: the probability of tram is inf"),
        ("negative", row("b,bus,bus,-0.5,1"), "line 3: the probability of bus is -0.5"),
        ("not of one distribution", row("b,bus,bus,0.9,0.9"), "line 3: the probabilities sum to 1.800"),
        ("all zero", row("b,bus,bus,0,0"), "line 3: the probabilities sum to 0.000"),
        ("an unknown prediction", row("b,ship,bus,0.5,0.5"), "line 3: scene_pred is \"ship\""),
        ("an unknown label", row("b,bus,ship,0.5,0.5"), "line 3: scene_label is \"ship\""),
        ("a label is empty", row("b,bus,,0.5,0.5"), "line 3: scene_label is empty"),
        ("an id is empty", row(",bus,bus,0.5,0.5"), "line 3: the clip's id is empty"),
        ("a clip twice", row("b,bus,bus,0.5,0.5\na,bus,bus,0.5,0.5"), "line 4: \"a\" is there already, in line 2"),
        ("an id that would move the cursor", row("\u{1b}[2J,ship,bus,0.5,0.5"), "line 3"),
    ];
    for (reason, text, message) in cases {
        let error = format!("{:#}", Predictions::parse("file.csv", text.as_bytes()).unwrap_err());
        assert!(error.contains(message) && error.contains("file.csv"), "{reason}: {error}");
        assert!(!error.contains('\u{1b}'), "{reason}");
    }
    let error = Predictions::parse("file.csv", b"aid,scene_pred,bus\na,bus,1\nb,\xff,1\n").unwrap_err().to_string();
    assert!(error.contains("file.csv, line 3: not UTF-8"), "{error}");
}

#[test]
fn the_predicted_class_counts_not_the_rounded_probabilities() {
    let file = read("aid,scene_pred,scene_label,bus,tram\na-b-1-1,tram,tram,0.500,0.500\na-b-1-2,tram,bus,0.3,0.699\n");
    assert_eq!(file.predictions, [1, 1]);
    assert!(file.notes[0].contains("in 1 row"), "{:?}", file.notes);
    let clips = file.clips().unwrap();
    assert!((clips.scores().accuracy - 0.5).abs() < 1e-12);
    // The second row sums to 0.999: divided by that, and not as it stands.
    let expected = -(0.5_f64.ln() + (0.3_f64 / 0.999).ln()) / 2.0;
    assert!((clips.scores().log_loss - expected).abs() < 1e-6);
}

#[test]
fn a_true_class_rounded_to_nothing_is_counted_and_clipped() {
    let file = read("aid,scene_pred,scene_label,bus,tram\nx,tram,bus,0.000,1.000\n");
    assert_eq!(file.zeros(), 1);
    let loss = log_loss(&file.probabilities, &[0], 2);
    assert!((loss - -f64::from(f32::EPSILON).ln()).abs() < 1e-9);
}

#[test]
fn segments_are_told_from_clips() {
    let file = |ids: [&str; 4]| {
        let rows = ids.map(|id| format!("{id},bus,bus,0.9,0.1")).join("\n");
        Predictions::parse("file.csv", format!("aid,scene_pred,scene_label,bus,tram\n{rows}\n").as_bytes())
    };
    let cases = [
        ("clips", ["bus-a-1-1", "bus-a-1-2", "bus-a-2-1", "bus-a-2-2"], Unit::Clip),
        ("numbered", ["bus-a-1-1-0", "bus-a-1-1-1", "bus-a-2-1-0", "bus-a-2-1-1"], Unit::Segment),
        ("each repeated", ["bus-a-1-1", "bus-a-1-1", "bus-a-2-1", "bus-a-2-1"], Unit::Segment),
    ];
    for (reason, ids, unit) in cases {
        assert_eq!(file(ids).unwrap().unit, unit, "{reason}");
    }
    file(["bus-a-1-1", "bus-a-1-1", "bus-a-2-1", "bus-a-2-2"]).unwrap_err();
    let [clips, segments] = [cases[0].1, cases[1].1].map(|ids| file(ids).unwrap().tag(None));
    assert_ne!(clips, segments);
}

#[test]
fn other_clips_other_classes_and_another_truth_do_not_go_together() {
    let cases = [
        ("another clip", PLAIN.replace("oslo-2-1", "oslo-2-2"), "lacks \"tram-oslo-2-1\""),
        ("another class", PLAIN.replace("tram", "metro"), "the class \"tram\""),
        ("a clip more", format!("{PLAIN}tram-oslo-2-9\tbus\ttram\t0.6\t0.4\n"), "lacks \"tram-oslo-2-9\""),
        ("another truth", PLAIN.replace("bus\tbus\t0.750", "bus\ttram\t0.750"), "disagree about the truth"),
    ];
    for (reason, text, message) in cases {
        let error = aligned(vec![read(PLAIN), read(&text)]).unwrap_err().to_string();
        assert!(error.contains(message), "{reason}: {error}");
    }
}

#[test]
fn what_was_combined_can_be_written_and_read() {
    let other = read(&PLAIN.replace("bus\ttram\t0.600\t0.400", "tram\ttram\t0.100\t0.900"));
    let first = read(PLAIN);
    let combined = Combine::Mean.combine(&[first.member(), other.member()], &[1.0, 1.0], 2).unwrap();
    let ensemble = first.combined("both".to_owned(), combined);
    assert_eq!(
        ensemble.to_csv().unwrap(),
        "aid\tscene_pred\tscene_label\tbus\ttram\n\
         bus-rome-1-1\tbus\tbus\t0.750\t0.250\n\
         tram-oslo-2-1\ttram\ttram\t0.350\t0.650\n"
    );
}
