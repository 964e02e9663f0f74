//! The Study screen as a person meets it.

use std::path::PathBuf;

use avsc_tui::{
    config::{ColorDepth, Mode},
    protocol::{Command, Outcome, StopMode},
    runs::study::{Block, Course, Figure, Found, Phase, Setting, Standing, Study, Trial},
    tui::{Effect, Message, StudyNews, StudyRequest},
};
use crossterm::event::{KeyCode, MouseButton, MouseEventKind};

use crate::fixture::{Dashboard, Script};

const MODES: [Mode; 2] = [Mode::Late, Mode::Mid];
const RATES: [&str; 3] = ["1e-5", "1e-4", "1e-3"];
const SEEDS: u64 = 3;

fn folder() -> PathBuf {
    PathBuf::from("runs/study-rates")
}

fn dir(trial: usize) -> PathBuf {
    PathBuf::from(format!("runs/20260101T{trial:06}Z-trial"))
}

/// Two modes, three rates, three seeds, and a second block of the rates of late fusion alone.
fn study() -> Study {
    let mut study = Study {
        folder: folder(),
        name: "rates".to_owned(),
        demo: true,
        figures: [("val log loss", true, false), ("val accuracy", false, false), ("test accuracy", false, true)]
            .map(|(title, is_loss, is_test)| Figure { title, is_loss, is_test })
            .to_vec(),
        settings: vec![
            setting("mode", &["late", "mid"], None),
            setting("lr", &RATES, Some(&[1e-5, 1e-4, 1e-3])),
            setting("seed", &["0", "1", "2"], Some(&[0.0, 1.0, 2.0])),
        ],
        ..Study::default()
    };
    let mut rows = Vec::new();
    for (mode, name) in MODES.into_iter().enumerate() {
        for (rate, lr) in [1e-5, 1e-4, 1e-3].into_iter().enumerate() {
            let first = study.trials.len();
            for seed in 0..SEEDS {
                study.trials.push(Trial {
                    id: format!("{:016x}", study.trials.len()),
                    mode: Some(name),
                    seed,
                    lr,
                    batch_size: 128,
                    epochs: 50,
                    early_stop: 7,
                    levels: vec![mode as u32, rate as u32, seed as u32],
                });
            }
            rows.push((first..study.trials.len()).collect::<Vec<_>>());
        }
    }
    let late = rows[..3].to_vec();
    study.blocks = vec![
        Block { name: "everything".to_owned(), axes: vec![0, 1, 2], rows },
        Block { name: "late alone".to_owned(), axes: vec![1, 2], rows: late },
    ];
    study
}

fn setting(name: &str, values: &[&str], numbers: Option<&[f64]>) -> Setting {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    Setting { name: name.to_owned(), values, numbers: numbers.map(<[f64]>::to_vec) }
}

/// Late fusion is done but for one trial that runs and one that failed; of mid fusion the first rate is
/// done, one waits for Slurm, and the rest is open.
fn course() -> Course {
    let trials = (0..18_usize).map(|trial| {
        let (rate, seed) = (trial % 9 / 3, trial % 3);
        let loss = [0.71, 0.52, 0.58][rate] + seed as f64 * 0.01 + if trial < 9 { 0.0 } else { 0.05 };
        let mut standing = Standing::default();
        let phase = match trial {
            4 => Phase::Running,
            8 => Phase::Failed,
            0..12 => Phase::Done,
            12 => Phase::Queued,
            _ => Phase::Open,
        };
        standing.phase = phase;
        match phase {
            Phase::Failed => standing.why = "No space left on device".to_owned(),
            Phase::Queued => (standing.why, standing.task) = ("pending Priority".to_owned(), Some((4711, 12))),
            Phase::Done | Phase::Running => {
                standing.values[..2].copy_from_slice(&[Some(loss), Some(1.0 - loss / 2.0)]);
                standing.values[2] = (phase == Phase::Done).then_some(0.9 - loss / 2.0);
                (standing.epochs, standing.seconds) = (20 + trial, 61.0);
            }
            _ => {}
        }
        if !matches!(phase, Phase::Open | Phase::Queued) {
            standing.dir = Some(dir(trial));
        }
        standing
    });
    Course { trials: trials.collect(), engine: Some("Slurm".to_owned()), eta: Some(725.0), jobs: vec![4711, 4720] }
}

/// The study on its screen, its runs in the folder.
fn dashboard(width: u16, height: u16) -> Dashboard {
    with(Dashboard::new(width, height))
}

fn with(mut dashboard: Dashboard) -> Dashboard {
    let course = course();
    let entries =
        course.trials.iter().enumerate().filter(|(_, standing)| standing.dir.is_some()).map(|(at, standing)| {
            let mut run = Script::new(&format!("20260101T{at:06}Z-trial"), MODES[at / 9]);
            run.started().seed = at as u64 % 3;
            run.epochs(4);
            if standing.phase == Phase::Done {
                run.finish(Outcome::EarlyStopped);
            }
            run.entry()
        });
    dashboard.scanned(entries.collect(), vec![]);
    let effects = dashboard.keys("⇥⇥⇥");
    assert_eq!(effects, [Effect::Study(StudyRequest::Find)]);
    let found = [folder(), PathBuf::from("runs/study-older")].map(|folder| Found {
        name: folder.file_name().unwrap().to_string_lossy().replace("study-", ""),
        folder,
        changed: Some(1_767_225_600_000),
    });
    let effects = tell(&mut dashboard, StudyNews::Found(found.to_vec()));
    assert_eq!(effects, [Effect::Study(StudyRequest::Open(folder()))], "the last one is opened");
    opened(&mut dashboard);
    dashboard
}

fn tell(dashboard: &mut Dashboard, news: StudyNews) -> Vec<Effect> {
    dashboard.tell(Message::Study(news))
}

fn opened(dashboard: &mut Dashboard) {
    tell(dashboard, StudyNews::Opened { folder: folder(), study: Ok(Box::new(study())) });
    tell(dashboard, StudyNews::Course { folder: folder(), course: Box::new(course()) });
}

/// The line of the screen that holds `text`.
fn line(dashboard: &mut Dashboard, text: &str) -> String {
    let screen = dashboard.text();
    let found = screen.lines().find(|line| line.contains(text)).map(str::to_owned);
    found.unwrap_or_else(|| panic!("{text} is not on the screen:\n{screen}"))
}

#[test]
fn the_screen_at_every_size() {
    for (width, height) in [(120, 40), (80, 24), (40, 12)] {
        let mut dashboard = dashboard(width, height);
        insta::assert_snapshot!(format!("map_{width}x{height}"), dashboard.text());
        dashboard.keys("w");
        insta::assert_snapshot!(format!("trials_{width}x{height}"), dashboard.text());
        dashboard.keys("w");
        insta::assert_snapshot!(format!("effects_{width}x{height}"), dashboard.text());
    }
    let mut plain = with(Dashboard::with(80, 24, |config| config.ui.color = ColorDepth::None));
    insta::assert_snapshot!("map_without_colour", plain.text());
}

#[test]
fn the_head_tells_how_far_it_is() {
    let mut dashboard = dashboard(160, 40);
    let head = line(&mut dashboard, "10/18");
    for part in
        ["rates", "DEMO", "10/18 done", "1 running", "1 failed", "1 queued", "5 open", "ETA 12:05", "4711, 4720"]
    {
        assert!(head.contains(part), "{part} is not in {head}");
    }
}

#[test]
fn axes_figure_fold_and_block_are_chosen_with_keys() {
    for (script, expected, why) in [
        ("", "val log loss · mode across, lr down", "the first two settings"),
        ("a", "lr across, mode down", "what the other axis had is given for it"),
        ("aa", "seed across, mode down", "the seed is an axis as well"),
        ("aaa", "mode across, seed down", "and round again"),
        ("A", "mode across, seed down", "down"),
        ("AA", "mode across ", "down none"),
        ("v", "val accuracy · mode across", "another figure"),
        ("vv", "test accuracy", "the test split is shown when asked for"),
        ("vvv", "val log loss", "round again"),
        ("f", "mean of all", "every trial counts"),
        ("b", "late alone · val log loss · lr across", "one setting of the second block"),
        ("bb", "everything · ", "round again"),
    ] {
        let mut dashboard = dashboard(120, 40);
        dashboard.keys(script);
        let text = dashboard.text();
        assert!(text.contains(expected), "{script}: {why}: {expected} is not in\n{text}");
    }
}

#[test]
fn a_cell_tells_its_trials_and_leads_to_its_best_run() {
    let mut dashboard = dashboard(120, 40);
    // mode across, lr down: late at 1e-4 has two trials that are done and one that runs.
    dashboard.keys("↓");
    let about = line(&mut dashboard, "late, lr 1e-4:");
    assert!(about.contains("0.530 ± 0.014, n 2"), "{about}");
    assert!(dashboard.text().contains("3 trials: 2 done, 1 running"), "{}", dashboard.text());
    assert_eq!(dashboard.keys("⏎"), [Effect::Study(StudyRequest::Watch(false))]);
    assert!(dashboard.text().contains("▸3 Late◂"), "{}", dashboard.text());
    // And back: what was chosen is as it was.
    assert_eq!(dashboard.keys("⇥⇥⇥"), [Effect::Study(StudyRequest::Watch(true))]);
    assert!(dashboard.text().contains("3 trials: 2 done, 1 running"), "{}", dashboard.text());
    // A cell without a run leads nowhere.
    dashboard.keys("→↓");
    let before = dashboard.text();
    assert!(before.contains("no trial is done"), "{before}");
    assert_eq!(dashboard.keys("⏎"), []);
}
