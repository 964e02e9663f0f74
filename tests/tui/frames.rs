//! Snapshots of whole screens at the sizes that matter.

use avsc_tui::{
    config::{ColorDepth, Marks, Mode},
    metrics::{Confusion, Scores},
    protocol::{Origin, Outcome, Progress, RunEvent, Setting, WorkerMessage},
    tui::{GpuUsage, Message, Usage},
};

use crossterm::event::KeyCode;
use ratatui::style::Modifier;

use crate::fixture::{Dashboard, Script, finished, training};

const SIZES: [(u16, u16); 3] = [(120, 40), (80, 24), (40, 12)];

/// Snapshot the screen under `name` and its size; with `AVSC_FRAMES` set, also leave it there in colour.
fn check(name: &str, dashboard: &mut Dashboard) {
    let size = dashboard.draw().area;
    let name = format!("{name}_{}x{}", size.width, size.height);
    if let Some(folder) = std::env::var_os("AVSC_FRAMES") {
        let path = std::path::Path::new(&folder).join(format!("{name}.ansi"));
        std::fs::write(&path, dashboard.ansi()).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    insta::assert_snapshot!(name, dashboard.text());
}

#[test]
fn training_shows_curves_tables_and_progress() {
    for (width, height) in SIZES {
        check("training", &mut training(width, height).0);
    }
    check("training", &mut training(100, 30).0);
}

#[test]
fn a_tall_screen_has_the_panes_one_above_the_other() {
    for (width, height, panes) in [(200, 50, 4), (80, 60, 4), (60, 50, 4), (50, 40, 3), (60, 20, 1)] {
        for mut dashboard in [training(width, height).0, finished(width, height).0] {
            dashboard.tell(Message::Clock(i64::MAX / 2));
            let text = dashboard.text();
            let titles = ["╭ loss", "╭ ▸ loss", "╭ val", "╭ ━━ accuracy", "╭ confusion", "╭ per class"];
            let seen = titles.iter().filter(|title| text.contains(**title)).count();
            assert_eq!(seen, panes, "at {width}x{height}:\n{text}");
            // All of them can be reached, whether they are seen at once or not.
            for _ in 0..4 {
                dashboard.keys("x");
                assert!(dashboard.text().contains('╭'));
            }
        }
        check("training", &mut training(width, height).0);
    }
    check("finished", &mut finished(60, 50).0);
}

#[test]
fn a_finished_run_shows_its_test_scores() {
    for (width, height) in SIZES {
        let (mut dashboard, _) = finished(width, height);
        dashboard.tell(Message::Clock(i64::MAX / 2));
        check("finished", &mut dashboard);
    }
}

#[test]
fn an_imported_run_shows_what_is_known_of_it() {
    for (width, height) in SIZES {
        let mut dashboard = Dashboard::new(width, height);
        let mut run = Script::new("20240608T211530Z-mid-imported", Mode::Mid);
        run.epochs(13).finish(Outcome::Stopped);
        run.started().imported = Some(Origin { source: "old".to_owned(), content: "f00d".to_owned(), rounded: true });
        run.events.retain(|event| !matches!(event.event, RunEvent::Steps { .. }));
        for (seq, event) in (0..).zip(&mut run.events) {
            event.seq = seq;
            if let RunEvent::EpochFinished(epoch) = &mut event.event {
                epoch.val = Scores { log_loss: f64::NAN, macro_f1: f64::NAN, ..epoch.val };
                (epoch.confusion, epoch.lr, epoch.clips_per_second) = (Confusion::default(), f64::NAN, f64::NAN);
            }
        }
        dashboard.scanned(vec![run.entry()], Vec::new());
        dashboard.keys("2");
        let text = dashboard.text();
        assert!(text.contains("imported, read-only") && !text.contains("NaN"), "{text}");
        assert!(!text.contains("resume"), "there is nothing to go on from:\n{text}");
        check("imported", &mut dashboard);
        dashboard.keys("⇥⇥");
        assert!(dashboard.text().contains("mid") && !dashboard.text().contains("NaN"), "{}", dashboard.text());
        dashboard.key(KeyCode::BackTab);
        assert!(dashboard.text().contains("imported") && !dashboard.text().contains("NaN"), "{}", dashboard.text());
    }
}

#[test]
fn the_panes_of_small_screens_take_turns() {
    for (width, height) in [(80, 24), (40, 12)] {
        let (mut dashboard, _) = training(width, height);
        dashboard.keys("x");
        check("pane_2", &mut dashboard);
        dashboard.keys("xc");
        check("pane_3_counts", &mut dashboard);
        dashboard.keys("x");
        check("pane_4", &mut dashboard);
    }
}

#[test]
fn the_first_steps_show_before_an_epoch_ends() {
    let mut dashboard = Dashboard::new(80, 24);
    dashboard.keys("⏎");
    let mut run = Script::new("first", Mode::Late);
    run.steps(1);
    dashboard.play(&run);
    let text = dashboard.text();
    assert!(text.chars().any(|mark| ('\u{2801}'..='\u{28ff}').contains(&mark)), "no dot in\n{text}");
    run.steps(9);
    dashboard.play(&run);
    check("first_steps", &mut dashboard);
}

#[test]
fn paused_and_stopping_say_so() {
    let (mut dashboard, mut run) = training(80, 24);
    dashboard.keys(" ");
    dashboard.worker(run.next(RunEvent::Paused { epoch: 15 }));
    check("paused", &mut dashboard);
    dashboard.keys("s");
    check("stop_dialog", &mut dashboard);
}

#[test]
fn loading_shows_its_progress() {
    for (width, height) in SIZES {
        let mut dashboard = Dashboard::new(width, height);
        dashboard.keys("⏎");
        dashboard.progress(Progress::Loading {
            what: "reading train".to_owned(),
            clips: 9_200,
            total: 24_582,
            bytes: 1_808_000_000,
            seconds: 1.1,
        });
        check("loading", &mut dashboard);
    }
}

#[test]
fn nothing_yet_says_what_to_do() {
    for (width, height) in SIZES {
        check("empty", &mut Dashboard::new(width, height));
    }
}

#[test]
fn failures_show_their_causes_and_what_to_do() {
    for (width, height) in SIZES {
        let (mut dashboard, mut run) = training(width, height);
        let errors =
            vec!["writing runs/late/events.jsonl".to_owned(), "No space left on device (os error 28)".to_owned()];
        dashboard.worker(run.next(RunEvent::Failed { errors }));
        dashboard.worker(WorkerMessage::Idle);
        check("failed", &mut dashboard);

        let mut dashboard = Dashboard::new(width, height);
        dashboard.keys("⏎");
        let errors = vec![
            "reading audio_features_data/train.hdf5, dataset 3/audio/metro-x-1: there is no twin in the video file; \
             extract it or remove the clip"
                .to_owned(),
        ];
        dashboard.worker(WorkerMessage::Refused { mode: Mode::Late, errors });
        check("refused", &mut dashboard);
    }
}

#[test]
fn a_diverged_run_has_a_gap_and_a_badge() {
    let mut dashboard = Dashboard::new(80, 24);
    dashboard.keys("⏎");
    let mut run = Script::new("diverged", Mode::Late);
    run.epochs(2).add(RunEvent::Steps { epoch: 3, first: 124, losses: vec![0.9, 40.0, f32::INFINITY, f32::NAN] });
    dashboard.play(&run);
    let text = dashboard.text();
    assert!(text.contains("diverged at step 127"), "{text}");
}

#[test]
fn compare_puts_the_runs_side_by_side() {
    for (width, height) in SIZES {
        check("compare", &mut compare(width, height));
    }
}

fn compare(width: u16, height: u16) -> Dashboard {
    let mut dashboard = Dashboard::new(width, height);
    let mut entries = Vec::new();
    for (index, mode) in Mode::ALL.into_iter().enumerate() {
        let mut run = Script::new(&format!("20260101-00000{index}-{mode}-s{index}"), mode);
        run.started().seed = index as u64;
        run.epochs(9 + 3 * index);
        match index {
            0 => {}
            5 => {
                run.finish(Outcome::Stopped);
            }
            _ => {
                run.finish(Outcome::EarlyStopped);
            }
        }
        let mut entry = run.at(60 * i64::try_from(index).unwrap_or(0)).entry();
        entry.interrupted = index == 0;
        entries.push(entry);
    }
    let mut other = Script::new("20260101-000900-mid-s7", Mode::Mid);
    "beef".clone_into(&mut other.started().fingerprint);
    other.epochs(12).finish(Outcome::EarlyStopped);
    entries.push(other.at(540).entry());
    dashboard.scanned(entries, vec!["runs/odd: config.toml is not TOML".to_owned()]);
    dashboard.tell(Message::Clock(i64::MAX / 2));
    dashboard.keys("⇥⇥↓");
    dashboard
}

#[test]
fn the_best_of_a_column_is_bold_among_runs_on_the_same_data() {
    let mut dashboard = compare(120, 40);
    let buffer = dashboard.draw();
    let bold = |value: &str| {
        let rows = (0..buffer.area.height).map(|y| (0..buffer.area.width).map(|x| &buffer[(x, y)]).collect::<Vec<_>>());
        let mut found = Vec::new();
        for cells in rows {
            for at in cells.windows(value.len()) {
                if at.iter().map(|cell| cell.symbol()).collect::<String>() == value {
                    found.push(at.iter().all(|cell| cell.modifier.contains(Modifier::BOLD)));
                }
            }
        }
        found
    };
    assert_eq!(bold("0.535"), [true], "the only run on its data");
    assert_eq!(bold("0.495"), [true], "late has the lowest log loss");
}

#[test]
fn the_log_and_the_help_are_complete() {
    for (width, height) in SIZES {
        let (mut dashboard, _) = finished(width, height);
        dashboard
            .tell(Message::NativeOutput("\u{1b}[31mHDF5-DIAG\u{1b}[0m: a library has something to say".to_owned()));
        dashboard.keys("⇥⇥⇥⇥");
        check("log", &mut dashboard);
        dashboard.keys("?");
        check("help", &mut dashboard);
        dashboard.keys("⎋:mod");
        check("palette", &mut dashboard);
    }
}

#[test]
fn dialogs_lie_over_the_screen() {
    for (width, height) in SIZES {
        let (mut dashboard, _) = training(width, height);
        dashboard.keys("2⏎↓");
        check("busy_dialog", &mut dashboard);
    }
}

#[test]
fn too_small_says_what_is_needed() {
    for (width, height) in [(39, 12), (40, 11), (12, 4)] {
        check("too_small", &mut training(width, height).0);
    }
}

#[test]
fn without_colour_everything_is_still_there() {
    for marks in [Marks::Braille, Marks::Block, Marks::Ascii] {
        let mut dashboard = Dashboard::with(120, 40, |config| {
            config.ui.color = ColorDepth::None;
            config.ui.marks = marks;
        });
        dashboard.keys("⏎");
        let mut run = Script::new("20260101-000000-late-s0", Mode::Late);
        run.epochs(14);
        dashboard.play(&run);
        let buffer = dashboard.draw();
        for cell in buffer.content() {
            assert_eq!((cell.fg, cell.bg), (ratatui::style::Color::Reset, ratatui::style::Color::Reset));
        }
        let ascii = buffer.content().iter().all(|cell| cell.symbol().is_ascii());
        assert_eq!(ascii, marks == Marks::Ascii);
        check(&format!("colourless_{marks:?}").to_lowercase(), &mut dashboard);
    }
}

#[test]
fn demo_data_is_named_on_every_screen() {
    for (width, height) in SIZES {
        let (mut dashboard, _) = training(width, height);
        for _ in 0..3 {
            assert!(dashboard.text().lines().next().is_some_and(|header| header.contains("DEMO")));
            dashboard.keys("⇥");
        }
    }
}

#[test]
fn what_the_program_takes_is_shown_while_a_run_is_on() {
    let usage = Message::Usage(Usage { cpu: 1.873, memory: 412_300_000, drawing: 0.0081 });
    let (mut dashboard, mut run) = training(140, 40);
    dashboard.tell(usage);
    assert!(dashboard.text().contains("187% 412 MB"), "{}", dashboard.text());
    dashboard.keys("⇥⇥⇥⇥");
    dashboard.terminal.backend_mut().resize(80, 24);
    let text = dashboard.text();
    assert!(text.contains("processor 187 % · memory 412 MB · drawing 0.8 % · "), "{text}");
    assert!(text.contains(" batches/s"), "{text}");
    assert!(text.contains("training"), "the header stays readable at 80 columns: {text}");
    run.finish(Outcome::Stopped);
    dashboard.play(&run);
    let text = dashboard.text();
    assert!(!text.contains("processor"), "{text}");
}

#[test]
fn what_the_gpu_does_is_shown_while_a_run_is_on() {
    let gpu = GpuUsage { utilisation: 34, memory: 1_200_000_000, memory_total: 8_000_000_000 };
    let (mut dashboard, mut run) = training(140, 40);
    dashboard.tell(Message::Gpu(Some(gpu)));
    assert!(dashboard.text().contains("GPU 34% 1.2 GB"), "{}", dashboard.text());
    dashboard.keys("⇥⇥⇥⇥");
    assert!(!dashboard.text().contains("GPU 34 %"), "only beside what the process takes: {}", dashboard.text());
    dashboard.tell(Message::Usage(Usage { cpu: 1.0, memory: 412_300_000, drawing: 0.01 }));
    assert!(dashboard.text().contains("GPU 34 %, 1.2 GB of 8.0 GB"), "{}", dashboard.text());
    dashboard.tell(Message::Gpu(None));
    assert!(!dashboard.text().contains("GPU"), "{}", dashboard.text());
    dashboard.tell(Message::Gpu(Some(gpu)));
    run.finish(Outcome::Stopped);
    dashboard.play(&run);
    assert!(!dashboard.text().contains("GPU"), "{}", dashboard.text());
}

#[test]
fn the_live_runs_settings_are_changed_with_what_is_wrong_said_at_once() {
    for (width, height) in SIZES {
        let (mut dashboard, mut run) = training(width, height);
        let steps = 15 * 62;
        for (key, from, to) in [(Setting::Lr, 1e-4, 3e-4), (Setting::Epochs, 100.0, 150.0)] {
            dashboard.worker(run.next(RunEvent::SettingChanged { epoch: 8, step: steps / 2, key, from, to }));
        }
        let file = "saved/epoch-0012-step-00000700.safetensors".to_owned();
        dashboard.worker(run.next(RunEvent::ModelSaved { epoch: 12, step: 700, file }));
        dashboard.keys("t30↓200");
        check("change_dialog", &mut dashboard);
        dashboard.keys("⎋");
        dashboard.tell(Message::Clock(i64::MAX / 2));
        check("changed_by_hand", &mut dashboard);
    }
}
