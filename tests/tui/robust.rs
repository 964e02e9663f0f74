//! Any size, any screen, any order of messages: no panic.

use std::path::PathBuf;

use avsc_tui::{
    config::{ColorDepth, Marks, Mode, Theme},
    protocol::{Outcome, Progress, RunEvent, Steer, StopMode, WorkerMessage},
    runs::{Changes, Notes, Tail, study::Found},
    tui::{Clip, Message, Moved, Predicted, StudyNews},
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use rand::{RngExt as _, SeedableRng as _, seq::IndexedRandom as _};
use rand_xoshiro::Xoshiro256PlusPlus;
use ratatui::style::Color;

use crate::fixture::{Dashboard, START, Script, entries, finished, listed, training, training_in};

#[test]
fn every_screen_can_be_drawn_at_every_size() {
    for height in (0..34).chain([36, 43, 44, 60]) {
        for width in [0, 1, 2, 3, 17, 39, 40, 41, 59, 60, 75, 76, 77, 99, 100, 101, 260] {
            for (mut dashboard, _) in [training(width, height), finished(width, height)] {
                for script in [
                    "",
                    "x",
                    "x",
                    "x",
                    "w→+KeLa{",
                    "xz",
                    "x→↓f[",
                    "xo↓pz",
                    "⎋s",
                    "⎋2⏎",
                    "⎋n",
                    "/lr⏎⏎9",
                    "⎋⎋→",
                    "⎋Q",
                    "⎋2⏎q",
                    "QJ⏎",
                    "→",
                    "⎋f",
                    "⎋?",
                    "tr",
                    "⎋:",
                    "stop",
                    "⎋t",
                    "1e9↓7",
                    "⎋⇥",
                    "xX/mode:",
                    "⎋n",
                    "⎋→→oS",
                    "⎋⇥",
                    "x",
                    "xb",
                    "xv",
                    "⇥",
                    "⇥",
                ] {
                    dashboard.keys(script);
                    dashboard.draw();
                }
            }
        }
    }
}

#[test]
fn comparisons_can_be_drawn_at_every_size() {
    let runs: Vec<_> =
        (0..20).map(|at| (Mode::ALL[at as usize % 4], at / 4, 0.1 * at as f64 - 1.0, at as usize)).collect();
    let mut entries = entries(&runs);
    // One was imported from elsewhere, one has other classes, one diverged.
    entries[3].history.started.as_mut().unwrap().classes.truncate(3);
    entries[5].history.started.as_mut().unwrap().fingerprint = "another".to_owned();
    for record in &mut entries[9].history.epochs {
        record.result.val_loss = f64::NAN;
    }
    for height in [0, 11, 12, 13, 16, 22, 24, 30, 60] {
        for width in [1, 39, 40, 60, 99, 100, 260] {
            let mut dashboard = Dashboard::new(width, height);
            dashboard.scanned(entries.clone(), vec![]);
            for script in [
                "⇥Xc",
                "G",
                "p↑",
                "x",
                "x",
                "x",
                "xw",
                "←",
                "{{+",
                "KL",
                "a",
                "x→↓",
                "x→↓↓",
                "xG→",
                "z",
                "zb",
                "↓",
                "v",
                "x",
                "z",
                "⎋",
            ] {
                dashboard.keys(script);
                dashboard.draw();
            }
        }
    }
}

#[test]
fn what_a_name_hides_is_shown() {
    let mut run = Script::new("odd\u{1b}[2J\u{202e}\u{61c}name", Mode::Late);
    run.started().classes[0] = "\u{301}air\u{e0041}".to_owned();
    run.epochs(2).finish(Outcome::Finished);
    let mut dashboard = Dashboard::new(160, 50);
    dashboard.play(&run);
    let shown = "odd^[[2J<U+202E><U+061C>name";
    for (keys, words) in
        [("", &[shown, "<U+0301>"][..]), ("⇥", &[shown]), ("N", &[shown]), ("⎋⇥", &[shown]), ("⇥⇥", &[shown])]
    {
        dashboard.keys(keys);
        let text = dashboard.text();
        assert!(words.iter().all(|word| text.contains(word)), "{words:?} after {keys:?} not in\n{text}");
    }
    let farewell = avsc_tui::tui::farewell(&dashboard.state);
    assert!(farewell.contains(shown), "{farewell}");
}

#[test]
fn hostile_values_are_drawn_as_something() {
    let mut run = Script::new("odd\u{1b}[2J\u{202e}name", Mode::Late);
    let started = run.started();
    started.classes = vec!["\u{1b}]0;title\u{7}".to_owned(), "機場機場機場機場機場機場機場".to_owned(), String::new()];
    started.device = "\u{9b}31m".repeat(40);
    started.batches = 0;
    started.epochs = usize::MAX;
    started.early_stop = usize::MAX;
    started.lr = f64::NAN;
    run.add(RunEvent::Steps { epoch: 1, first: 0, losses: vec![f32::NAN, f32::MAX, f32::MIN, f32::NEG_INFINITY, 0.0] });
    run.epochs(3);
    run.add(RunEvent::Checkpointed { epoch: usize::MAX, val_loss: f64::NAN });
    run.add(RunEvent::Failed { errors: vec!["\u{1b}[31mred".to_owned(), "line\nbreak".to_owned()] });
    for marks in [Marks::Braille, Marks::Block, Marks::Ascii] {
        for (width, height) in [(120, 40), (80, 24), (40, 12)] {
            let mut dashboard = Dashboard::with(width, height, |config| config.ui.marks = marks);
            dashboard.keys("⏎");
            for event in &run.events {
                dashboard.worker(WorkerMessage::Event { dir: run.dir.clone(), event: event.clone() });
                for _ in 0..4 {
                    let text = dashboard.text();
                    assert!(!text.chars().any(|mark| mark != '\n' && mark.is_control()), "{text:?}");
                    dashboard.keys("x");
                }
            }
            for script in ["⇥", "⇥", "x", "x", "x"] {
                dashboard.keys(script);
                let text = dashboard.text();
                assert!(!text.chars().any(|mark| mark != '\n' && mark.is_control()), "{text:?}");
            }
        }
    }
}

/// What a person, the worker and the machine might do next.
fn message(rng: &mut Xoshiro256PlusPlus) -> Message {
    let mode = *Mode::ALL.choose(rng).unwrap();
    let mut run = Script::new(&format!("{mode}"), mode);
    run.epochs(rng.random_range(0..4));
    match rng.random_range(0..5) {
        0 => run.add(RunEvent::Failed { errors: vec!["full".to_owned(), "\u{1b}[2J".to_owned()] }),
        1 => run.add(RunEvent::Paused { epoch: 2 }),
        2 => run.add(RunEvent::StopRequested { how: StopMode::AfterEpoch, reason: Some("why".to_owned()) }),
        _ => run.finish(Outcome::EarlyStopped),
    };
    match rng.random_range(0..22) {
        20 => {
            let from = rng.random_range(0..run.events.len());
            let tail = Tail { dir: run.dir.clone(), events: run.events[from..].to_vec(), restarted: rng.random() };
            Message::Runs(Box::new(Changes { tails: vec![tail], ..Changes::default() }))
        }
        21 => {
            let (dir, entry) = (run.dir.clone(), run.entry());
            let entry = if rng.random() { Ok(Box::new(entry)) } else { Err("it is damaged".to_owned()) };
            Message::Opened { dir, entry }
        }
        0..7 => Message::Key(KeyEvent::new(key(rng), KeyModifiers::NONE)),
        7 => mouse(rng),
        8..16 => {
            let event = run.events.choose(rng).unwrap().clone();
            Message::Worker(WorkerMessage::Event { dir: run.dir, event })
        }
        16 => {
            let mut entry = run.entry();
            entry.interrupted = rng.random();
            let problems = vec!["a run could not be read".to_owned()];
            let (found, gone) = if rng.random() { (vec![listed(&entry)], vec![]) } else { (vec![], vec![entry.dir]) };
            Message::Runs(Box::new(Changes { found, gone, tails: Vec::new(), problems }))
        }
        17 => Message::Worker(WorkerMessage::Refused { mode, errors: vec!["no".to_owned(), "because".to_owned()] }),
        18 => Message::Worker(WorkerMessage::Discarded { dir: run.dir }),
        _ => rare().choose(rng).unwrap().clone(),
    }
}

fn mouse(rng: &mut Xoshiro256PlusPlus) -> Message {
    let kinds = [
        MouseEventKind::Down(MouseButton::Left),
        MouseEventKind::Down(MouseButton::Left),
        MouseEventKind::Drag(MouseButton::Left),
        MouseEventKind::Up(MouseButton::Left),
        MouseEventKind::ScrollUp,
        MouseEventKind::ScrollDown,
        MouseEventKind::ScrollLeft,
        MouseEventKind::ScrollRight,
    ];
    let modifiers = *[KeyModifiers::NONE, KeyModifiers::SHIFT, KeyModifiers::CONTROL].choose(rng).unwrap();
    let (column, row) = (rng.random_range(0..150), rng.random_range(0..60));
    Message::Mouse(MouseEvent { kind: *kinds.choose(rng).unwrap(), column, row, modifiers })
}

fn key(rng: &mut Xoshiro256PlusPlus) -> KeyCode {
    let named = [
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::BackTab,
        KeyCode::Backspace,
        KeyCode::Delete,
        KeyCode::Insert,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::F(5),
    ];
    let letters = "123456 srvxcnRqykedtl?:mTgGjhwXzp{}+-,.KJ0LaeoO[]f/SCDuNHibQIAMEW".chars().map(KeyCode::Char);
    let keys: Vec<_> = letters.chain(named).collect();
    *keys.choose(rng).unwrap()
}

fn rare() -> Vec<Message> {
    let late = PathBuf::from("runs/late");
    let moved = vec![Moved { dir: late.clone(), trash: "runs/.trash/late".into() }];
    let notes = Notes { label: "\u{1b}n".to_owned(), ..Notes::default() };
    let folder = PathBuf::from("runs/study");
    vec![
        Message::Paste("a\nb\u{1b}[2J 機場".to_owned()),
        Message::Study(StudyNews::Found(vec![Found { folder: folder.clone(), name: String::new(), changed: None }])),
        Message::Study(StudyNews::Choose(folder.clone())),
        Message::Study(StudyNews::Opened { folder: folder.clone(), study: Ok(Box::default()) }),
        Message::Study(StudyNews::Opened { folder: folder.clone(), study: Err("it is damaged".to_owned()) }),
        Message::Study(StudyNews::Course { folder: folder.clone(), course: Box::default() }),
        Message::Study(StudyNews::Replanned { folder }),
        Message::Sent { dir: late.clone(), what: Steer::Pause, result: Ok("7".to_owned()) },
        Message::Sent { dir: late.clone(), what: Steer::Resume, result: Err("no such file".to_owned()) },
        Message::Annotated { dir: late.clone(), result: Ok(()) },
        Message::Annotated { dir: late, result: Err((notes, "the disk is full".to_owned())) },
        Message::Trashed { moved: moved.clone(), problems: vec![] },
        Message::Restored { moved, kept: vec![], problems: vec!["one stays".to_owned()] },
        Message::Recall(Box::default()),
        Message::Devices(vec!["flex".to_owned(), "\u{1b}".to_owned()]),
        Message::Worker(WorkerMessage::Idle),
        Message::Worker(WorkerMessage::Gone),
        Message::Worker(WorkerMessage::LoadingCancelled),
        Message::Worker(WorkerMessage::Notice("a notice".to_owned())),
        Message::Interrupt,
        Message::Suspend,
        Message::Continued,
        Message::HangUp,
        Message::NativeOutput("noise".to_owned()),
        Message::Problem("trouble".to_owned()),
        Message::Reported(Ok("report.html".into())),
        Message::Reported(Err("trouble".to_owned())),
        Message::Resize(3, 3),
        Message::Predictions { dir: "runs/late".into(), of: Predicted::Val(3), clips: Err("no such file".to_owned()) },
        Message::Predictions {
            dir: "runs/mid".into(),
            of: Predicted::Test,
            clips: Ok(vec![Clip { id: "\u{1b}a".to_owned(), truth: 0, prediction: usize::MAX, confidence: f32::NAN }]),
        },
        Message::Clock(START - 5_000),
        Message::Clock(i64::MAX),
        Message::Progress(Progress::Testing),
        Message::Progress(Progress::Validating { epoch: 3 }),
        Message::Progress(Progress::Training {
            epoch: 9,
            epochs: 3,
            batch: 70,
            batches: 0,
            clips_per_second: f64::NAN,
        }),
        Message::Progress(Progress::Loading {
            what: "reading".to_owned(),
            clips: 9,
            total: 0,
            bytes: u64::MAX,
            seconds: 0.0,
        }),
    ]
}

/// `AVSC_ABUSE=50` goes on fifty times as long.
#[test]
fn any_messages_in_any_order() {
    let rounds = std::env::var("AVSC_ABUSE").map_or(1, |times| times.parse::<u64>().unwrap());
    for seed in 0..128 * rounds {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let size = (rng.random_range(0..140), rng.random_range(0..70));
        let mut dashboard = Dashboard::with(size.0, size.1, |config| {
            config.ui.theme = *Theme::ALL.choose(&mut rng).unwrap();
            config.ui.color = *[ColorDepth::None, ColorDepth::Ansi, ColorDepth::Indexed].choose(&mut rng).unwrap();
            config.ui.marks = *[Marks::Braille, Marks::Block, Marks::Ascii].choose(&mut rng).unwrap();
        });
        for _ in 0..rng.random_range(1..60) {
            dashboard.tell(message(&mut rng));
            dashboard.draw();
        }
    }
}

/// Every look at a few sizes; every size in the looks above.
#[test]
fn every_look_can_be_drawn() {
    for theme in Theme::ALL {
        for color in [ColorDepth::None, ColorDepth::Ansi, ColorDepth::Indexed, ColorDepth::TrueColor] {
            for marks in [Marks::Braille, Marks::Block, Marks::Ascii] {
                for (width, height) in [(1, 1), (40, 12), (60, 50), (80, 24), (80, 60), (120, 40)] {
                    let looks = Dashboard::with(width, height, |config| {
                        (config.ui.theme, config.ui.color, config.ui.marks) = (theme, color, marks);
                    });
                    let (mut dashboard, _) = training_in(looks);
                    for script in ["", "wL", "⎋?", "⎋:", "⎋s", "⎋⇥", "⇥", "⇥"] {
                        dashboard.keys(script);
                        let picture = dashboard.draw();
                        // A terminal is sent no colour that it does not know.
                        let known = |colour: Color| match color {
                            ColorDepth::Auto | ColorDepth::TrueColor => true,
                            ColorDepth::Indexed => !matches!(colour, Color::Rgb(..)),
                            ColorDepth::Ansi => !matches!(colour, Color::Rgb(..) | Color::Indexed(_)),
                            ColorDepth::None => colour == Color::Reset,
                        };
                        let strange = picture.content.iter().find(|cell| !known(cell.fg) || !known(cell.bg));
                        assert_eq!(strange, None, "{theme:?} {color:?} {marks:?} {script}");
                    }
                }
            }
        }
    }
}
