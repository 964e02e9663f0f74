//! The Study screen as a person meets it.

use std::path::PathBuf;

use avsc_tui::{
    config::{ColorDepth, Config, Mode},
    protocol::{Outcome, Steer, StopMode},
    runs::study::{Block, Course, Figure, Found, Phase, Setting, Standing, Study, Trial},
    tui::{Effect, Message, State, StudyNews, StudyRequest},
};
use crossterm::event::{KeyCode, MouseButton, MouseEventKind};

use crate::fixture::{Dashboard, START, Script};

const MODES: [Mode; 2] = [Mode::Late, Mode::Mid];
const RATES: [&str; 3] = ["1e-5", "1e-4", "1e-3"];
const SEEDS: u64 = 3;

fn folder() -> PathBuf {
    PathBuf::from("runs/study-rates")
}

/// What the study calls a trial.
fn name(trial: usize) -> String {
    format!("{trial:016x}")
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
            Phase::Failed => "No space left on device".clone_into(&mut standing.why),
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
            (run.started().seed, run.started().lr) = (at as u64 % 3, [1e-5, 1e-4, 1e-3][at % 9 / 3]);
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

#[test]
fn trials_are_sorted_filtered_and_marked() {
    let rows = |dashboard: &mut Dashboard| -> Vec<String> {
        let text = dashboard.text();
        let rows = text.lines().filter(|line| line.contains(" late ") || line.contains(" mid "));
        // Below the head and the map.
        rows.filter(|line| line.starts_with('│') && !line.contains("││")).map(str::to_owned).collect()
    };
    let first = |dashboard: &mut Dashboard| rows(dashboard).first().cloned().unwrap_or_default();
    for (script, expected, why) in [
        ("", "0.520", "the best first"),
        ("o", "running", "by the state: what runs comes first"),
        ("oo", "done", "and the other way round"),
        ("→→oo", " 1e-3 ", "by the rate, the largest first"),
    ] {
        let mut dashboard = dashboard(160, 40);
        dashboard.keys(&format!("w{script}"));
        assert_eq!(rows(&mut dashboard).len(), 18);
        assert!(first(&mut dashboard).contains(expected), "{script}: {why}: {}", first(&mut dashboard));
    }
    let mut dashboard = dashboard(160, 40);
    dashboard.keys("w");
    for (filter, count, why) in [
        ("mode:late", 9, "one mode"),
        ("mode:late -state:done", 2, "what is left of it"),
        ("lr>=1e-4 state:open", 5, "of trials without a run the settings are known"),
        ("seed:2 lr<1e-4", 2, "numbers"),
        ("\"lr 1e-3\" mid", 3, "words of the settings"),
        ("state:failed", 1, "a state"),
    ] {
        dashboard.keys("/");
        dashboard.tell(Message::Key(crossterm::event::KeyEvent::new(
            KeyCode::Char('u'),
            crossterm::event::KeyModifiers::CONTROL,
        )));
        dashboard.keys(&format!("{filter}⏎"));
        assert_eq!(rows(&mut dashboard).len(), count, "{filter}: {why}\n{}", dashboard.text());
    }
    dashboard.keys("x");
    assert!(dashboard.text().contains("1 marked"), "{}", dashboard.text());
    dashboard.keys("/");
    assert!(dashboard.text().contains("state:failed"), "it can be changed");
    dashboard.keys(" nonsense>1");
    assert!(dashboard.text().contains("there is no field"), "{}", dashboard.text());
    dashboard.keys("⎋");
    assert_eq!(rows(&mut dashboard).len(), 1, "what means nothing changes nothing");
}

#[test]
fn marked_trials_are_stopped_and_retried() {
    let queued = |trial: usize| Effect::Study(StudyRequest::Stop(vec![name(trial)]));
    let retry = |trial: usize| Effect::Study(StudyRequest::Retry(vec![name(trial)]));
    let seen = dashboard(120, 40).folder.iter().find(|run| run.dir == dir(4)).unwrap().history.next_seq;
    let stop = |trial: usize| Effect::Steer { dir: dir(trial), what: Steer::Stop(StopMode::Now), seen };
    for (script, expected, why) in [
        ("wSm", vec![], "the best trial is done: only the whole study can be stopped"),
        ("wSw", vec![Effect::Study(StudyRequest::StopAll)], "the whole study"),
        ("XSm", vec![stop(4), queued(12)], "of the marked ones those that run or wait"),
        ("XSw", vec![Effect::Study(StudyRequest::StopAll)], "or all"),
        ("XS⎋", vec![], "or nothing"),
        ("Xr", vec![retry(8)], "of the marked ones those that failed"),
        ("↓Sm", vec![stop(4)], "without marks, those of the cell"),
        ("r", vec![], "nothing in the cell can be retried"),
        ("↓↓r", vec![retry(8)], "the one that failed"),
    ] {
        let mut dashboard = dashboard(120, 40);
        let effects = dashboard.keys(script);
        let effects: Vec<_> = effects.iter().filter(|effect| !matches!(effect, Effect::Copy(_))).collect();
        assert_eq!(effects, expected.iter().collect::<Vec<_>>(), "{script}: {why}");
    }
    // While a process trains it, a second one is not started.
    let mut dashboard = dashboard(120, 40);
    let engine = Some("process 7 on node-1".to_owned());
    let course = Course { engine, jobs: vec![], ..course() };
    tell(&mut dashboard, StudyNews::Course { folder: folder(), course: Box::new(course) });
    assert_eq!(dashboard.keys("Xr"), []);
    dashboard.keys(":retry⏎");
    assert!(dashboard.text().contains("the study is being run"), "{}", dashboard.text());
}

#[test]
fn a_stop_counts_until_the_trial_acknowledges_it() {
    let mut dashboard = dashboard(160, 40);
    dashboard.keys("↓Sm");
    let text = dashboard.text();
    assert!(text.contains("stop: sent, not yet acknowledged for"), "{text}");
}

#[test]
fn a_dashboard_that_watches_has_jobs_train_again_and_trains_nothing_itself() {
    let watching = |jobs: bool| {
        let mut dashboard = Dashboard::new(120, 40);
        dashboard.state = State::watching(Config::default(), START);
        dashboard.tell(Message::Resize(120, 40));
        tell(&mut dashboard, StudyNews::Choose(folder()));
        tell(&mut dashboard, StudyNews::Opened { folder: folder(), study: Ok(Box::new(study())) });
        let mut course = Course { engine: None, jobs: vec![], ..course() };
        for trial in course.trials.iter_mut().filter(|_| !jobs) {
            trial.task = None;
        }
        tell(&mut dashboard, StudyNews::Course { folder: folder(), course: Box::new(course) });
        dashboard
    };
    let mut local = watching(false);
    assert_eq!(local.keys("Xr"), [], "a process would train here");
    local.keys(":retry⏎");
    assert!(local.text().contains("this dashboard watches, and trains nothing"), "{}", local.text());
    assert_eq!(watching(true).keys("Xr"), [Effect::Study(StudyRequest::Retry(vec![name(8)]))]);
}

#[test]
fn the_seeds_of_a_cell_are_compared_with_their_deviation() {
    let mut dashboard = dashboard(120, 40);
    dashboard.keys("c");
    let text = dashboard.text();
    assert!(text.contains("1 group · marked runs") && text.contains("0-2") && text.contains('±'), "{text}");
}

#[test]
fn what_matters_leads_back_to_the_map() {
    let mut dashboard = dashboard(80, 24);
    dashboard.keys("ww");
    let text = dashboard.text();
    let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what} is not in\n{text}"));
    assert!(at("│ lr ") < at("│ mode ") && at("│ mode ") < at("│ seed "), "the rate moves the loss most:\n{text}");
    dashboard.keys("⏎");
    assert!(dashboard.text().contains("lr across, mode down"), "{}", dashboard.text());
}

#[test]
fn the_mouse_chooses_cells_rows_columns_and_panes() {
    let mut dashboard = dashboard(120, 40);
    dashboard.click("0.770");
    assert!(dashboard.text().contains("mid, lr 1e-5:"), "{}", dashboard.text());
    dashboard.click("0.530");
    assert!(dashboard.text().contains("late, lr 1e-4:"), "{}", dashboard.text());
    dashboard.click("what matters");
    assert!(dashboard.text().contains("▸ what matters"), "{}", dashboard.text());
    dashboard.click("epochs");
    assert!(dashboard.text().contains("trials · by epochs"), "{}", dashboard.text());
    let before = dashboard.text();
    let row = before.lines().position(|line| line.contains("● running")).unwrap();
    dashboard.mouse(MouseEventKind::Down(MouseButton::Left), 20, row as u16);
    assert!(line(&mut dashboard, "▸   ● running").contains("running"));
    dashboard.mouse(MouseEventKind::ScrollDown, 20, row as u16);
    dashboard.mouse(MouseEventKind::ScrollUp, 10, 5);
    dashboard.mouse(MouseEventKind::Down(MouseButton::Left), 20, row as u16);
    assert_eq!(dashboard.mouse(MouseEventKind::Down(MouseButton::Left), 20, row as u16).len(), 1, "it is shown");
    assert!(dashboard.text().contains("▸3 Late◂"), "{}", dashboard.text());
}

#[test]
fn another_study_is_chosen_from_the_list() {
    let mut dashboard = dashboard(80, 24);
    dashboard.keys("L");
    assert!(dashboard.text().contains("2 studies") && dashboard.text().contains("older"), "{}", dashboard.text());
    let older = PathBuf::from("runs/study-older");
    assert_eq!(dashboard.keys("↓⏎"), [Effect::Study(StudyRequest::Open(older.clone()))]);
    assert!(dashboard.text().contains("reading the study"), "{}", dashboard.text());
    // What is told late of the one before changes nothing.
    opened(&mut dashboard);
    assert!(dashboard.text().contains("reading the study"), "{}", dashboard.text());
    let error = "reading the study's plan \u{1b}[2Jplan.json: it is of format 99, this program reads format 1";
    tell(&mut dashboard, StudyNews::Opened { folder: older.clone(), study: Err(error.to_owned()) });
    let text = dashboard.text();
    assert!(text.contains("format 99") && text.contains("lists the studies") && !text.contains('\u{1b}'), "{text}");
    let again = [Effect::Refresh, Effect::Study(StudyRequest::Find), Effect::Study(StudyRequest::Open(older.clone()))];
    assert_eq!(dashboard.keys("R"), again);
    // Of two folders, studies of one name are told apart.
    let other = PathBuf::from("others/study-older");
    let found = [older, other].map(|folder| Found { folder, name: "older".to_owned(), changed: None });
    tell(&mut dashboard, StudyNews::Found(found.to_vec()));
    dashboard.keys("L");
    assert!(line(&mut dashboard, "others").contains("older"), "{}", dashboard.text());
}

#[test]
fn the_mouse_chooses_a_study_from_the_list_and_opens_it() {
    let mut dashboard = dashboard(80, 24);
    dashboard.keys("L");
    assert_eq!(dashboard.click("older"), []);
    let older = PathBuf::from("runs/study-older");
    assert_eq!(dashboard.click("older"), [Effect::Study(StudyRequest::Open(older))], "a second click opens it");
}

#[test]
fn what_is_pointed_at_in_a_study_is_copied() {
    for (script, expected) in [("wwY", "lr".to_owned()), ("LY", folder().display().to_string())] {
        let effects = dashboard(120, 40).keys(script);
        let Some(Effect::Copy(text)) = effects.first() else { panic!("{script}: {effects:?}") };
        assert_eq!(*text, expected, "{script}");
    }
    let effects = dashboard(120, 40).keys("Y");
    assert!(matches!(effects.as_slice(), [Effect::Copy(mean)] if mean.parse::<f64>().is_ok()), "{effects:?}");
}

#[test]
fn a_study_that_is_gone_gives_way_to_one_that_is_there() {
    let remembered = dashboard(120, 40).state.remembered();
    let mut again = Dashboard::new(120, 40);
    again.tell(Message::Recall(Box::new(remembered)));
    let other = PathBuf::from("runs/study-other");
    let found = vec![Found { folder: other.clone(), name: "other".to_owned(), changed: None }];
    let effects = tell(&mut again, StudyNews::Found(found));
    assert!(effects.contains(&Effect::Study(StudyRequest::Open(other))), "{effects:?}");
}

#[test]
fn without_a_study_it_says_how_to_make_one() {
    for (width, height) in [(120, 40), (40, 12)] {
        let mut dashboard = Dashboard::new(width, height);
        dashboard.keys("⇥⇥⇥");
        tell(&mut dashboard, StudyNews::Found(vec![]));
        assert!(dashboard.text().contains("avsc-tui study run FILE"), "{}", dashboard.text());
        // No key harms where there is nothing.
        assert_eq!(dashboard.keys("wWaAvfbxXcrSozL{}↑↓←→gG⏎y"), []);
        assert!(dashboard.text().contains("avsc-tui study run FILE"), "{}", dashboard.text());
    }
}

#[test]
fn the_command_line_names_a_study() {
    let mut dashboard = Dashboard::new(80, 24);
    let effects = tell(&mut dashboard, StudyNews::Choose(folder()));
    assert_eq!(effects, [Effect::Study(StudyRequest::Find), Effect::Study(StudyRequest::Open(folder()))]);
    opened(&mut dashboard);
    assert!(dashboard.text().contains("10/18 done"), "{}", dashboard.text());
}

#[test]
fn a_plan_that_has_changed_is_read_anew_and_keeps_its_marks() {
    let mut dashboard = dashboard(120, 40);
    dashboard.keys("wx");
    let effects = tell(&mut dashboard, StudyNews::Replanned { folder: folder() });
    assert_eq!(effects.last(), Some(&Effect::Study(StudyRequest::Open(folder()))));
    let mut other = study();
    other.trials.remove(0);
    for row in other.blocks.iter_mut().flat_map(|block| &mut block.rows) {
        row.retain(|trial| *trial > 0);
        for trial in row {
            *trial -= 1;
        }
    }
    tell(&mut dashboard, StudyNews::Opened { folder: folder(), study: Ok(Box::new(other)) });
    // What was on its way is of the plan before.
    tell(&mut dashboard, StudyNews::Course { folder: folder(), course: Box::new(course()) });
    assert!(dashboard.text().contains("reading the study"), "{}", dashboard.text());
    let mut course = course();
    course.trials.remove(0);
    tell(&mut dashboard, StudyNews::Course { folder: folder(), course: Box::new(course) });
    let text = dashboard.text();
    assert!(text.contains("17 trials") && text.contains("1 marked"), "{text}");
}

#[test]
fn the_view_comes_back() {
    let mut dashboard = dashboard(120, 40);
    dashboard.keys("bvfzw→→→→o/late⏎");
    let before = dashboard.text();
    let remembered = serde_json::to_string(&dashboard.state.remembered()).unwrap();
    let mut again = Dashboard::new(120, 40);
    let entries = dashboard.folder.clone();
    again.scanned(entries, vec![]);
    let effects = again.tell(Message::Recall(Box::new(serde_json::from_str(&remembered).unwrap())));
    assert_eq!(effects.last(), Some(&Effect::Study(StudyRequest::Open(folder()))));
    opened(&mut again);
    again.keys("→→→→");
    assert_eq!(again.text(), before);
}

#[test]
fn what_the_pane_shows_is_copied() {
    for (script, expected) in [
        ("y", "lr\tlate\tmid\n1e-5\t0.72"),
        ("wy", "trial\tstate\tmode\tlr\tseed\tepochs\tseconds\tval log loss\t"),
        ("wwy", "setting\tvalue\tmean\tdeviation\tn\nlr\t1e-5\t"),
    ] {
        let effects = dashboard(120, 40).keys(script);
        let Some(Effect::Copy(text)) = effects.first() else { panic!("{script}: {effects:?}") };
        assert!(text.starts_with(expected), "{script}: {text}");
    }
}

#[test]
fn the_trial_that_is_trained_here_is_stopped_by_the_ordinary_command() {
    let mut dashboard = dashboard(120, 40);
    let mut run = Script::new("20260101T000004Z-trial", MODES[0]);
    run.epochs(5);
    dashboard.play(&run);
    let effects = dashboard.keys("↓Sm");
    assert!(matches!(&effects[..], [Effect::Send(_)]), "{effects:?}");
}

#[test]
fn a_study_is_drawn_at_every_size_and_takes_any_key() {
    for height in (0..32).chain([60]) {
        for width in [0, 3, 17, 39, 40, 41, 60, 79, 99, 100, 101, 260] {
            let mut dashboard = Dashboard::new(width, height);
            tell(&mut dashboard, StudyNews::Choose(folder()));
            opened(&mut dashboard);
            for script in
                ["", "aA", "vf", "b", "→↓x", "w", "→→→oO/late", "⎋", "w↓↓", "z", "w", "S", "⎋L", "X", "?", "⎋"]
            {
                dashboard.keys(script);
                let text = dashboard.text();
                assert!(!text.chars().any(|mark| mark != '\n' && mark.is_control()), "{text:?}");
            }
        }
    }
}

#[test]
fn hostile_names_and_odd_numbers_are_drawn_as_something() {
    let mut odd = study();
    odd.name = "a\u{1b}[2J\u{202e}study".to_owned();
    odd.blocks[0].name = "\u{9b}31m".repeat(40);
    odd.settings[0].name = "機場\u{7}機場機場機場機場".to_owned();
    odd.settings[0].values = vec!["\u{1b}]0;title\u{7}".to_owned(), String::new()];
    odd.blocks.push(Block { name: "empty".to_owned(), axes: vec![99, 0], rows: vec![vec![999], vec![]] });
    odd.trials[3].levels = vec![77];
    let mut told = course();
    for (at, value) in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, -1e300].into_iter().enumerate() {
        told.trials[at].values[0] = Some(value);
    }
    (told.trials[5].why, told.eta) = ("\u{1b}[31mred\nline".repeat(50), Some(f64::NAN));
    (told.engine, told.jobs) = (Some("process\u{1b}[2J".to_owned()), (0..50).collect());
    for (width, height) in [(120, 40), (80, 24), (40, 12)] {
        let mut dashboard = Dashboard::new(width, height);
        tell(&mut dashboard, StudyNews::Choose(folder()));
        tell(&mut dashboard, StudyNews::Opened { folder: folder(), study: Ok(Box::new(odd.clone())) });
        tell(&mut dashboard, StudyNews::Course { folder: folder(), course: Box::new(told.clone()) });
        for script in ["", "a", "A", "v", "f", "b", "b", "w", "G→→", "w", "w", "y", "L"] {
            dashboard.keys(script);
            let text = dashboard.text();
            assert!(!text.chars().any(|mark| mark != '\n' && mark.is_control()), "{text:?}");
        }
    }
}

#[test]
fn ten_thousand_trials_are_listed_and_told_apart() {
    let mut large = Study {
        folder: folder(),
        name: "large".to_owned(),
        figures: study().figures,
        settings: vec![
            setting("lr", &["1"; 100], None),
            setting("dropout", &["2"; 10], None),
            setting("seed", &["0"; 10], None),
        ],
        ..Study::default()
    };
    let sample = study().trials.remove(0);
    let trial =
        |at: u32| Trial { id: format!("{at:016x}"), levels: vec![at / 100, at / 10 % 10, at % 10], ..sample.clone() };
    large.trials = (0..10_000).map(trial).collect();
    let rows = (0..1000).map(|row| (row * 10..row * 10 + 10).collect()).collect();
    large.blocks = vec![Block { name: String::new(), axes: vec![0, 1, 2], rows }];
    let standing = |at: usize| {
        let mut standing = Standing { phase: Phase::Done, ..Standing::default() };
        standing.values[0] = Some(1.0 + (at * 7919 % 10_000) as f64);
        standing
    };
    let told = Course { trials: (0..10_000).map(standing).collect(), ..Course::default() };
    let mut dashboard = Dashboard::new(160, 50);
    tell(&mut dashboard, StudyNews::Choose(folder()));
    tell(&mut dashboard, StudyNews::Opened { folder: folder(), study: Ok(Box::new(large)) });
    tell(&mut dashboard, StudyNews::Course { folder: folder(), course: Box::new(told) });
    let text = dashboard.text();
    assert!(text.contains("10,000/10,000 done") && text.contains("10,000 trials"), "{text}");
    dashboard.keys("wG");
    assert!(dashboard.text().contains("10000"), "the worst is the last: {}", dashboard.text());
    dashboard.keys("X");
    assert!(dashboard.text().contains("10,000 marked"), "{}", dashboard.text());
}
