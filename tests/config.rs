//! The settings, as a person writes them.

use std::{fs, path::Path};

use avsc_tui::config::{ColorDepth, Config, DEFAULT_TOML, Layers, Mode};
use toml::Table;

fn problems(layers: Layers) -> Vec<String> {
    layers.resolve().map_or_else(|problems| problems.0, |_| Vec::new())
}

#[test]
fn the_defaults_are_the_seed_reports() {
    let config = Config::default();
    assert_eq!(config.model.mode, Mode::Mid);
    let train = config.train;
    assert_eq!((train.epochs, train.early_stop, train.batch_size, train.lr_patience), (100, 7, 128, 3));
    for (value, expected) in [(train.lr, 1e-4), (train.weight_decay, 1e-4), (train.epsilon, 1e-8)] {
        assert!((value - expected).abs() < 1e-18, "{value} should be {expected}");
    }
}

#[test]
fn the_default_file_holds_every_setting_and_no_other() {
    let written: Table = DEFAULT_TOML.parse().unwrap();
    let read: Table = Config::default().to_toml().parse().unwrap();
    assert_eq!(written, read);
}

#[test]
fn a_run_keeps_its_settings() {
    let config = Layers::new().set("mode=late").set("lr=3e-3").set("classes=[\"a\", \"b\"]").resolve().unwrap();
    let table = config.of_run().to_toml().parse().unwrap();
    let read = Config::deserialize_table(table).unwrap();
    assert_eq!(read, config.of_run());
    assert!(read.keys.is_empty() && read.train == config.train, "the keys are no business of a run");
}

#[test]
fn a_runs_settings_are_not_trusted() {
    let mut table: Table = Config::default().to_toml().parse().unwrap();
    table["train"]["batch_size"] = 0.into();
    table["model"]["hidden"] = 0.into();
    let error = Config::deserialize_table(table).unwrap_err();
    assert!(error.contains("train.batch_size") && error.contains("model.hidden"), "{error}");
}

#[test]
fn later_layers_win() {
    let file = "[train]\nlr = 0.1\nepochs = 5\nseed = 1";
    let layers = Layers::new().text(file, "config.toml", None).set("train.epochs=6").set("seed=2");
    let config = layers.flag("train.seed", 3, "--seed").resolve().unwrap();
    assert!((config.train.lr - 0.1).abs() < f64::EPSILON);
    assert_eq!((config.train.epochs, config.train.seed), (6, 3));
    assert_eq!(config.train.batch_size, 128);
}

#[test]
fn set_takes_what_one_would_type() {
    let layers = ["lr=1e-3", "weight_decay=0", "mode = hybrid", "ui.color=256", "data.dir=/my data/#1", "cache=false"]
        .into_iter()
        .fold(Layers::new(), Layers::set);
    let config = layers.resolve().unwrap();
    assert!((config.train.lr - 1e-3).abs() < f64::EPSILON && config.train.weight_decay.abs() < f64::EPSILON);
    assert_eq!(config.model.mode, Mode::Hybrid);
    assert_eq!(config.ui.color, ColorDepth::Indexed);
    assert_eq!(config.data.dir, "/my data/#1");
    assert!(!config.data.cache);
}

#[test]
fn every_problem_is_told_at_once_with_where_it_is() {
    let file = "
        [train]
        lr = 20
        epochs = \"many\"
        momentum = 0.9
        seed = -1
        [model]
        mode = \"lat\"
        early_hidden = [1, 2, 3]
        [modle]
        hidden = 3
    ";
    let found = problems(Layers::new().text(file, "my.toml", None).set("dropout=1").set("batch_size").set("dir=x"));
    let expected = [
        ("my.toml", "`train.lr` = 20 is out of range: over 0, at most 10"),
        ("my.toml", "`train.epochs` = \"many\" is text, expected a whole number"),
        ("my.toml", "there is no setting `train.momentum`; known here: "),
        ("my.toml", "`train.seed` = -1: "),
        ("my.toml", "`model.mode` = \"lat\": unknown variant `lat`, expected one of `early`, `mid`"),
        ("my.toml", "`model.early_hidden` = [1, 2, 3]: "),
        ("my.toml", "there is no setting `modle`; known here: "),
        ("--set dropout=1", "`model.dropout` = 1 is out of range: 0 or more, under 1"),
        ("--set batch_size", "write it as key=value"),
        ("--set dir=x", "`dir` could be data.dir or runs.dir"),
    ];
    for (origin, message) in expected {
        let start = format!("{origin}: {message}");
        assert!(found.iter().any(|problem| problem.starts_with(&start)), "{start:?} is not among {found:#?}");
    }
    assert_eq!(found.len(), expected.len(), "{found:#?}");
}

#[test]
fn ranges_end_where_they_say() {
    let good = ["lr=10", "lr_factor=0.999", "epochs=1", "max_frames=1", "early_stop=0", "threads=1024", "beta1=0"];
    for pair in good {
        assert!(Layers::new().set(pair).resolve().is_ok(), "{pair}");
    }
    let bad = [
        "lr=0",
        "lr=nan",
        "lr=inf",
        "lr_factor=1",
        "epochs=0",
        "max_frames=0",
        "threads=1025",
        "beta1=1",
        "beta2=-0.1",
        "epsilon=0",
        "weight_decay=-1",
        "hybrid_late=inf",
        "lr_threshold=1",
        "batch_size=0",
        "head=65537",
    ];
    for pair in bad {
        assert_eq!(problems(Layers::new().set(pair)).len(), 1, "{pair}");
    }
}

#[test]
fn paths_in_a_file_start_at_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    fs::write(&file, "[data]\ndir = \"features\"\nval_audio = \"/absolute/val.h5\"\n[runs]\ndir = \"out\"").unwrap();
    let config = Layers::new().file(&file).resolve().unwrap();
    assert_eq!(Path::new(&config.data.dir), folder.path().join("features"));
    assert_eq!(config.data.val_audio, "/absolute/val.h5");
    assert_eq!(config.data.val_video, "", "what is not named stays so");
    assert_eq!(Path::new(&config.runs.dir), folder.path().join("out"));

    fs::write(&file, "[data]\ndir = \"demo\"").unwrap();
    assert_eq!(Layers::new().file(&file).resolve().unwrap().data.dir, "demo", "the demo set is no path");
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let found = problems(Layers::new().file(Path::new("/nowhere/config.toml")));
    assert!(found[0].contains("/nowhere/config.toml") && found[0].contains("check the path"), "{found:?}");
    let found = problems(Layers::new().text("[train\nlr = 1", "my.toml", None));
    assert!(found[0].starts_with("my.toml: not valid TOML"), "{found:?}");
}
