//! Checkpoints of PyTorch: those that `make_checkpoints.py` wrote give PyTorch's logits, and those that
//! somebody made to do harm are refused.

#![allow(clippy::unwrap_used, reason = "a helper fails its test by panicking")]

use std::{collections::BTreeMap, fs, path::PathBuf};

use avsc_tui::{
    config::{Config, Mode},
    device,
    exchange::{StateDict, load, recognise},
    model::{Pass, Sizes},
};
use burn::tensor::{Tensor, TensorData};
use serde::Deserialize;

#[derive(Deserialize)]
struct Expected {
    audio: Vec<Vec<f32>>,
    video: Vec<Vec<f32>>,
    files: BTreeMap<String, Case>,
}

#[derive(Deserialize)]
struct Case {
    mode: Mode,
    asked: Option<Mode>,
    /// Our own model of the mode has the same layers.
    ours: bool,
    /// Half the bits, fewer digits.
    tolerance: f32,
    logits: Vec<Vec<f32>>,
}

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "fixtures", "checkpoints"].iter().collect()
}

fn expected() -> Expected {
    serde_json::from_slice(&fs::read(folder().join("expected.json")).unwrap()).unwrap()
}

fn parse(bytes: &[u8]) -> Result<StateDict, String> {
    StateDict::parse(bytes).map_err(|error| format!("{error:#}"))
}

#[test]
fn every_kind_of_file_gives_the_logits_of_pytorch() {
    let Expected { audio, video, files } = expected();
    let compute = device::resolve("flex").unwrap();
    let device = compute.device.clone();
    let defaults = Config::default().model;
    let sizes = Sizes { audio: audio[0].len(), video: video[0].len(), classes: 3 };
    let matrix = |rows: &[Vec<f32>]| {
        let (height, width) = (rows.len(), rows[0].len());
        Tensor::<2>::from_data(TensorData::new(rows.concat(), [height, width]), &device)
    };
    assert!(files.len() > 20);
    for (name, case) in files {
        let state = StateDict::read(&folder().join(&name)).unwrap_or_else(|error| panic!("{name}: {error:#}"));
        let found = recognise(&state, case.asked, &defaults);
        let found = found.unwrap_or_else(|error| panic!("{name}: {error:#}"));
        assert_eq!((found.mode, found.ours.is_some()), (case.mode, case.ours), "{name}");
        let mut model = load(&folder().join(&name), case.asked, &defaults, sizes, &compute).unwrap();
        let logits = model.forward(matrix(&audio), matrix(&video), &mut Pass::Evaluate).into_data();
        for (ours, theirs) in logits.as_slice::<f32>().unwrap().iter().zip(case.logits.iter().flatten()) {
            assert!((ours - theirs).abs() <= case.tolerance, "{name}: a logit is {ours}, there {theirs}");
        }
    }
}

#[test]
fn layouts_of_one_model_are_one_model() {
    let read = |name: &str| StateDict::read(&folder().join(name)).unwrap().entries;
    let plain = read("mid.pt");
    for name in [
        "mid_legacy.pt",
        "mid_no_byteorder.pt",
        "mid_deflated.pt",
        "mid_big_endian.pt",
        "mid_strided.pt",
        "mid_strided_legacy.pt",
        "mid_checkpoint.pth",
        "mid_double.pt",
    ] {
        assert_eq!(read(name), plain, "{name}");
    }
}

#[test]
fn what_the_weights_do_not_tell_must_be_said() {
    let defaults = Config::default().model;
    let error = |name: &str, asked| {
        let state = StateDict::read(&folder().join(name)).unwrap();
        recognise(&state, asked, &defaults).unwrap_err().to_string()
    };
    for name in ["untrained.pt", "baseline_audio.pt"] {
        let error = error(name, None);
        assert!(error.contains("audio and video") && error.contains("--mode"), "{name}: {error}");
    }
    // What does not fit is told key by key.
    let missing = error("mid.pt", Some(Mode::Late));
    assert!(missing.contains("`audio_output.0.weight` is missing"), "{missing}");
    assert!(missing.contains("`video_output.0.weight` is missing"), "{missing}");
    let misfit = error("audio.pt", Some(Mode::Mid));
    assert!(misfit.contains("`outputlayer.0.weight` wants 3 values, what stands before it gives 6"), "{misfit}");
}

#[test]
fn layers_that_do_not_fit_are_named() {
    let defaults = Config::default().model;
    let whole = StateDict::read(&folder().join("mid.pt")).unwrap();
    let without = |key: &str| {
        let mut state = whole.clone();
        state.entries.retain(|(name, _)| name != key);
        recognise(&state, None, &defaults).unwrap_err().to_string()
    };
    let error = without("audio_embed.1.running_var");
    assert!(error.contains("nearest is mid") && error.contains("`audio_embed.1.running_var` is missing"), "{error}");
    let mut state = whole.clone();
    for (name, array) in &mut state.entries {
        if name == "outputlayer.1.bias" {
            array.shape = vec![1, 3];
        }
    }
    let error = recognise(&state, None, &defaults).unwrap_err().to_string();
    assert!(error.contains("`outputlayer.1.bias` is [1, 3]"), "{error}");
}

#[test]
fn a_linear_layer_may_lack_its_bias() {
    let mut state = StateDict::read(&folder().join("mid.pt")).unwrap();
    state.entries.retain(|(name, _)| name != "outputlayer.1.bias");
    assert_eq!(recognise(&state, None, &Config::default().model).unwrap().mode, Mode::Mid);
}

#[test]
fn data_of_other_sizes_is_refused() {
    let compute = device::resolve("flex").unwrap();
    for (audio, video, classes, message) in [
        (7, 4, 3, "the audio vectors have 7 values, the network wants 6"),
        (6, 5, 3, "the video vectors have 5 values, the network wants 4"),
        (6, 4, 10, "the network knows 3 classes, the data has 10"),
    ] {
        let sizes = Sizes { audio, video, classes };
        let error = load(&folder().join("mid.pt"), None, &Config::default().model, sizes, &compute).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
    }
    let sizes = Sizes { audio: 6, video: 5, classes: 3 };
    let early = load(&folder().join("early.pt"), None, &Config::default().model, sizes, &compute).unwrap_err();
    assert!(early.to_string().contains("wants 10 values and gets 11"), "{early}");
    // A net of one modality does not mind the other.
    load(&folder().join("audio.pt"), None, &Config::default().model, sizes, &compute).unwrap();
}

/// A legacy file around `object`, a pickle; `keys` are its storages', of no elements each.
fn legacy(object: &[u8]) -> Vec<u8> {
    let magic = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
    [magic, &b"\x80\x02M\xe9\x03."[..], b"\x80\x02}.", object, b"\x80\x02]q\x00."].concat()
}

/// `{'w': tensor}` of a storage of `elements` floats.
fn tensor(elements: &[u8], shape: &[u8], strides: &[u8], offset: &[u8]) -> Vec<u8> {
    let storage =
        [b"(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\0\0\0cpu", elements, b"tQ"].concat();
    let call = [&b"ctorch._utils\n_rebuild_tensor_v2\n("[..], &storage, offset, shape, strides, b"\x89)tR"];
    [&b"\x80\x02}X\x01\0\0\0w"[..], &call.concat(), b"s."].concat()
}

#[test]
fn a_hostile_file_is_refused() {
    let cycle = b"\x80\x02}q\x00X\x05\0\0\0modelh\x00s.";
    let deep = [vec![b'('; 300_000], vec![b't'; 300_000], b".".to_vec()].concat();
    let copies = [
        b"\x80\x02](".to_vec(),
        b"NN\x86".repeat(10_000),
        b"eq\x00".to_vec(),
        b"ccollections\nOrderedDict\nh\x00\x85R0".repeat(10_000),
        b"}.".to_vec(),
    ]
    .concat();
    let million = b"J\x00\x00\x10\x00";
    let huge = b"\x8a\x07\xff\xff\xff\xff\xff\xff\x7f";
    let cases: [(&str, Vec<u8>, &str); 17] = [
        ("a function to call", legacy(b"cos\nsystem\n(X\x02\0\0\0lstR."), "asks for `os.system`"),
        ("the same in a newer protocol", legacy(b"\x80\x04\x8c\x02os\x8c\x06system\x93."), "asks for `os.system`"),
        ("a builtin", legacy(b"c__builtin__\neval\n(X\x01\x00\x00\x001tR."), "`__builtin__.eval`"),
        ("a pickle in a pickle", legacy(b"ctorch.storage\n_load_from_bytes\n(tR."), "`torch.storage._load_from_bytes`"),
        ("a name with control characters", legacy(b"c\x1b[2J\nx\n."), r"`\u{1b}[2J.x`"),
        ("an object's class", legacy(b"(i__main__\nModel\n."), "no place in a state_dict"),
        ("a dictionary in itself", legacy(cycle), "no state_dict"),
        ("a hundred thousand nested tuples", legacy(&deep), "no state_dict"),
        ("a list copied ten thousand times", legacy(&copies), "larger than any state_dict"),
        ("a memo that is not there", legacy(b"h\x07."), "was not there"),
        ("a text longer than the file", legacy(b"X\xff\xff\xff\x7fa."), "ends too early"),
        (
            "a shape beyond all",
            legacy(&tensor(b"K\x01", &[&huge[..], huge, b"\x86"].concat(), b"K\x01K\x01\x86", b"K\x00")),
            "does not lie",
        ),
        (
            "a shape larger than its storage",
            legacy(&tensor(b"K\x02", b"K\x03\x85", b"K\x01\x85", b"K\x00")),
            "does not lie",
        ),
        ("an offset behind the end", legacy(&tensor(b"K\x02", b"K\x02\x85", b"K\x01\x85", b"K\x01")), "does not lie"),
        ("a negative stride", legacy(&tensor(b"K\x02", b"K\x02\x85", b"J\xff\xff\xff\xff\x85", b"K\x01")), "negative"),
        (
            "one element spread over a trillion",
            legacy(&tensor(b"K\x01", &[&million[..], million, b"\x86"].concat(), b"K\x00K\x00\x86", b"K\x00")),
            "far more than a file of this size",
        ),
        ("a storage that is not there", legacy(&tensor(b"K\x02", b"K\x02\x85", b"K\x01\x85", b"K\x00")), "missing"),
    ];
    for (reason, bytes, message) in cases {
        let error = parse(&bytes).unwrap_err();
        assert!(error.contains(message), "{reason}: {error}");
    }
}

#[test]
fn a_zip_bomb_is_refused() {
    use std::io::{Cursor, Write as _};
    let bomb = |name: &str, size: usize, pickle: &[u8]| {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::FileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        if name != "data.pkl" {
            zip.start_file("x/data.pkl", options).unwrap();
            zip.write_all(pickle).unwrap();
        }
        zip.start_file(format!("x/{name}"), options).unwrap();
        zip.write_all(&vec![b'0'; size]).unwrap();
        zip.finish().unwrap().into_inner()
    };
    let count = b"J\x00\x00\x20\x00";
    let weights = tensor(count, &[&count[..], b"\x85"].concat(), b"K\x01\x85", b"K\x00");
    for (reason, bytes) in [
        ("the pickle", bomb("data.pkl", 9 << 20, b"")),
        ("a small part of the pickle's limit", bomb("data.pkl", 4 << 20, b"")),
        ("a storage", bomb("data/0", 8 << 20, &weights)),
    ] {
        let error = parse(&bytes).unwrap_err();
        assert!(
            error.contains("no weights do") || error.contains("make sense") || error.contains("far more"),
            "{reason}: {error}"
        );
    }
}

#[test]
fn what_is_no_checkpoint_is_refused() {
    for (bytes, message) in [
        (&b""[..], "neither a file of torch.save nor a safetensors file"),
        (b"hello, this is text", "neither a file"),
        (b"PK\x03\x04 and nothing else", "zip container is damaged"),
        (b"\x10\0\0\0\0\0\0\0{}              ", "no weights"),
        (b"\xff\xff\xff\xff\xff\xff\xff\x7f{}", "no sound safetensors file"),
    ] {
        let error = parse(bytes).unwrap_err();
        assert!(error.contains(message), "{error}");
    }
}
