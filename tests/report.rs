//! Reports of runs whose numbers are known.

#![allow(clippy::unwrap_used, reason = "a helper fails its test by panicking")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use avsc_tui::{
    config::{Config, Mode},
    metrics::{Confusion, Scores},
    protocol::{EpochFinished, Finished, Origin, Outcome, RunEvent, RunStarted, SplitResult, Writer},
    report::{self, Options},
    runs::{RunDir, log::LogWriter, results::prediction_csv},
};
use jiff::Timestamp;
use tempfile::{TempDir, tempdir};

/// A run to be written.
struct Run {
    name: String,
    config: Config,
    classes: Vec<String>,
    fingerprint: String,
    demo: bool,
    /// Right clips of 20, validation and test log loss.
    right: usize,
    val_log_loss: f64,
    test_log_loss: f64,
    /// None: the log breaks off after the epochs.
    end: Option<RunEvent>,
    outcome: Outcome,
    predictions: bool,
    imported: bool,
}

fn run(mode: Mode, seed: u64, right: usize) -> Run {
    let mut config = Config::default();
    config.model.mode = mode;
    config.train.seed = seed;
    Run {
        name: format!("{mode}-s{seed}"),
        config,
        classes: vec!["bus".to_owned(), "tram".to_owned()],
        fingerprint: "f00d".to_owned(),
        demo: false,
        right,
        val_log_loss: 1.0 - right as f64 / 40.0,
        test_log_loss: 1.5 - right as f64 / 40.0,
        end: None,
        outcome: Outcome::EarlyStopped,
        predictions: true,
        imported: false,
    }
}

impl Run {
    fn set(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Labels and predictions of 20 test clips, the first `right` of them right.
    fn pairs(&self) -> Vec<(usize, usize)> {
        (0..20).map(|clip| (clip % 2, if clip < self.right { clip % 2 } else { 1 - clip % 2 })).collect()
    }

    fn events(&self) -> Vec<RunEvent> {
        let confusion = Confusion::from_pairs(2, self.pairs());
        let scores = |log_loss| Scores::new(&confusion, log_loss);
        let split = |log_loss| SplitResult { loss: log_loss, scores: scores(log_loss), confusion: confusion.clone() };
        let mut events = vec![RunEvent::RunStarted(Box::new(RunStarted {
            mode: self.config.model.mode,
            seed: self.config.train.seed,
            classes: self.classes.clone(),
            train_clips: 12_000,
            val_clips: 10,
            test_clips: 20,
            batch_size: self.config.train.batch_size,
            batches: 2,
            epochs: self.config.train.epochs,
            early_stop: self.config.train.early_stop,
            lr: self.config.train.lr,
            parameters: 1_234_567,
            device: "abacus".to_owned(),
            data: "somewhere".to_owned(),
            fingerprint: self.fingerprint.clone(),
            demo: self.demo,
            version: "0.0.1".to_owned(),
            imported: self.imported.then(|| Origin {
                source: "elsewhere".to_owned(),
                content: "c0ffee".to_owned(),
                rounded: true,
            }),
            writer: Writer { host: "nowhere".to_owned(), pid: 1, started: 1, ..Writer::default() },
        }))];
        for epoch in 1..=4_usize {
            let val_loss = if epoch == 3 { self.val_log_loss } else { self.val_log_loss + 0.1 };
            events.push(RunEvent::EpochFinished(Box::new(EpochFinished {
                epoch,
                train_loss: if epoch == 2 { f64::NAN } else { 1.0 / epoch as f64 },
                val_loss,
                val: scores(val_loss),
                confusion: confusion.clone(),
                lr: 1e-4,
                bad_epochs: 0,
                seconds: 0.5,
                clips_per_second: 1e3,
            })));
        }
        events.push(RunEvent::Checkpointed { epoch: 3, val_loss: self.val_log_loss });
        events.push(self.end.clone().unwrap_or_else(|| {
            RunEvent::Finished(Box::new(Finished {
                outcome: self.outcome,
                epochs: 4,
                best_epoch: Some(3),
                val: Some(split(self.val_log_loss)),
                test: Some(split(self.test_log_loss)),
                seconds: 2.0,
            }))
        }));
        events
    }

    fn write(&self, runs: &Path) -> PathBuf {
        let dir = RunDir::at(runs.join(&self.name));
        fs::create_dir_all(dir.path()).unwrap();
        fs::write(dir.config(), self.config.to_toml()).unwrap();
        let (mut log, _) = LogWriter::open(&dir.events()).unwrap();
        for (at, event) in self.events().into_iter().enumerate() {
            log.append(event, Timestamp::from_millisecond(1_700_000_000_000 + at as i64).unwrap()).unwrap();
        }
        if self.predictions {
            let labels: Vec<usize> = (0..20).map(|clip| clip % 2).collect();
            // Five clips a place: four places.
            let name = |class: usize| ["bus", "tram"][class % 2];
            let ids: Vec<String> = (0..20).map(|clip| format!("{}-rome-{}-{clip:02}", name(clip), clip / 5)).collect();
            let row = |(_, predicted): (usize, usize)| if predicted == 0 { [0.9, 0.1] } else { [0.2, 0.8] };
            let probabilities: Vec<f32> = self.pairs().into_iter().flat_map(row).collect();
            fs::write(dir.predictions(), prediction_csv(&ids, &labels, &probabilities, &self.classes).unwrap())
                .unwrap();
        }
        dir.path().to_owned()
    }
}

/// A report and where it lies.
struct Report {
    folder: TempDir,
    md: String,
    html: String,
}

impl Report {
    fn of(runs: &[Run]) -> Self {
        let folder = tempdir().unwrap();
        for run in runs {
            run.write(&folder.path().join("runs"));
        }
        let (entries, problems) = report::collect(&folder.path().join("runs"), &[]).unwrap();
        assert_eq!(problems, [""; 0]);
        report::write(entries, &folder.path().join("out"), &Options::default()).unwrap();
        let read = |name| fs::read_to_string(folder.path().join("out").join(name)).unwrap();
        Self { md: read("report.md"), html: read("report.html"), folder }
    }

    fn tex(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join("out/tables").join(name)).unwrap()
    }

    /// The cells of the line of the Markdown table captioned `caption` that begins with `first`.
    fn row(&self, caption: &str, first: &str) -> Vec<String> {
        let (_, table) =
            self.md.split_once(&format!("**{caption}**")).unwrap_or_else(|| panic!("no table {caption}\n{}", self.md));
        let lines = table.lines().skip(2).take_while(|line| line.starts_with('|'));
        let cells = |line: &str| {
            line.trim_matches('|').split(" | ").map(|cell| cell.trim().trim_matches('*').to_owned()).collect::<Vec<_>>()
        };
        let found = lines.map(cells).find(|cells| cells.first().is_some_and(|cell| cell == first));
        found.unwrap_or_else(|| panic!("no row {first} in {caption}\n{}", self.md))
    }
}

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let content = fs::read(&path).unwrap();
            found.insert(path, content);
        }
    }
    found
}

#[test]
fn the_numbers_are_those_of_the_events() {
    let report = Report::of(&[run(Mode::Early, 0, 15), run(Mode::Late, 0, 18)]);
    // Validation beside test; accuracy 15 of 20.
    assert_eq!(report.row("Scores of the modes", "early")[1..6], ["1", "0.750", "0.625", "0.750", "1.125"]);
    assert_eq!(report.row("Scores of the modes", "late")[1..6], ["1", "0.900", "0.550", "0.900", "1.050"]);
    assert!(report.md.contains("late has the lowest validation log loss"), "{}", report.md);
    assert!(report.tex("comparison.tex").contains(r"\textbf{late} & \textbf{1} & \textbf{0.900}"));
    assert!(report.tex("fusion.tex").contains("Early & 0.750 & 1.125 \\\\"));
    // scikit-learn's text, and the same as a table.
    assert!(report.md.contains("               precision    recall  f1-score   support"), "{}", report.md);
    assert!(
        report.tex("report-late.tex").contains("weighted avg & 0.90 & 0.90 & 0.90 & 20 \\\\"),
        "{}",
        report.tex("report-late.tex")
    );
    assert!(report.html.contains("1,234,567"));
}

#[test]
fn seeds_are_a_mean_and_a_sample_deviation() {
    let report =
        Report::of(&[run(Mode::Late, 0, 16), run(Mode::Late, 1, 17), run(Mode::Late, 2, 18), run(Mode::Mid, 0, 10)]);
    assert_eq!(
        report.row("Scores of the modes", "late")[1..6],
        ["3", "0.850 ± 0.050", "0.575 ± 0.025", "0.850 ± 0.050", "1.075 ± 0.025"]
    );
    assert!(report.tex("comparison.tex").contains(r"0.850 $\pm$ 0.050"));
    assert!(report.md.contains("Of 3 seeds the run with the lowest validation log loss, late-s2"), "{}", report.md);
}

#[test]
fn a_seed_that_was_trained_twice_counts_once() {
    let again = run(Mode::Late, 0, 18).set(|run| run.name = "late-s0-2".to_owned());
    let report = Report::of(&[run(Mode::Late, 0, 16), again]);
    assert_eq!(report.row("Scores of the modes", "late")[1..5], ["1", "0.900", "0.550", "0.900"]);
    assert!(report.md.contains("only the newest counts"), "{}", report.md);
}

#[test]
fn nothing_is_ordered_by_a_test_score() {
    // The best on the test split is the worst on the validation split.
    let lucky = run(Mode::Late, 0, 10).set(|run| run.test_log_loss = 0.01);
    let report = Report::of(&[run(Mode::Mid, 0, 15), lucky]);
    assert!(report.md.contains("mid has the lowest validation log loss"), "{}", report.md);
    assert!(report.tex("comparison.tex").contains(r"\textbf{mid}"));
    assert!(!report.tex("comparison.tex").contains(r"\textbf{late}"));
}

#[test]
fn settings_that_differ_make_a_grid_in_the_order_of_their_values() {
    let sized = |size: usize, right| {
        run(Mode::Late, 0, right).set(|run| {
            run.config.train.batch_size = size;
            run.name = format!("late-{size}");
        })
    };
    let rates = [1e-3, 1e-5].map(|lr| {
        run(Mode::Late, 0, 12).set(|run| {
            run.config.train.lr = lr;
            run.name = format!("late-{lr}");
        })
    });
    let mut runs = vec![
        run(Mode::Early, 0, 14),
        run(Mode::Mid, 0, 15),
        sized(16, 13),
        sized(128, 18),
        sized(64, 17),
        sized(256, 11),
    ];
    runs.extend(rates);
    let report = Report::of(&runs);
    let tex = report.tex("late-by-batch-size.tex");
    let places: Vec<_> = ["16 & 1", "64 & 1", r"\textbf{128} & \textbf{1}", "256 & 1"]
        .map(|row| tex.find(row).unwrap_or_else(|| panic!("{row}: {tex}")))
        .into();
    assert!(places.is_sorted(), "{tex}");
    let rate = report.tex("late-by-learning-rate.tex");
    assert!(
        rate.find(r"1e{-}5 &") < rate.find(r"\textbf{1e{-}4}")
            && rate.find(r"\textbf{1e{-}4}") < rate.find(r"1e{-}3 &"),
        "{rate}"
    );
    // The comparison holds the recipe that the modes share, and each mode once.
    assert_eq!(report.row("Scores of the modes", "late")[4], "0.900");
    assert_eq!(report.tex("fusion.tex").matches("Late &").count(), 1);
    assert!(report.folder.path().join("out/figures/late-by-batch-size.png").is_file());
}

#[test]
fn what_a_mode_does_not_look_at_parts_no_seeds() {
    // As in the tables of a study: the weights of hybrid fusion are nothing to late fusion, nor its own widths to
    // early fusion; all modes of it stand in one comparison.
    let runs = [
        run(Mode::Late, 0, 14),
        run(Mode::Late, 1, 16).set(|run| run.config.model.hybrid_mid = 0.9),
        run(Mode::Mid, 0, 15),
        run(Mode::Early, 0, 12).set(|run| run.config.model.head = 8),
    ];
    let report = Report::of(&runs);
    assert_eq!(report.row("Scores of the modes", "late")[1], "2");
    assert_eq!(report.row("Scores of the modes", "early")[1], "1");
    assert!(!report.folder.path().join("out/tables/late-by-hybrid-mid.tex").exists());
    let tuned = [run(Mode::Hybrid, 0, 14), run(Mode::Hybrid, 1, 16).set(|run| run.config.model.hybrid_mid = 0.9)];
    assert_eq!(Report::of(&tuned).row("Scores of the modes", "hybrid")[1], "1", "to hybrid fusion they are two");
}

#[test]
fn protocols_never_share_a_table() {
    let other = run(Mode::Late, 0, 18).set(|run| {
        run.name = "other".to_owned();
        run.fingerprint = "beef".to_owned();
    });
    let report = Report::of(&[run(Mode::Mid, 0, 15), run(Mode::Early, 0, 14), other]);
    assert!(report.md.contains("measured by 2 protocols"), "{}", report.md);
    let (a, b) = (report.tex("comparison-a.tex"), report.tex("comparison-b.tex"));
    assert!(a.contains("{mid}") && a.contains("early &") && !a.contains("late") && a.contains("(protocol A)"), "{a}");
    assert!(b.contains("late &") && !b.contains("mid &") && !b.contains("{mid}") && b.contains("(protocol B)"), "{b}");
    assert!(report.md.contains("beef") && report.md.contains("f00d"));
}

#[test]
fn demo_data_is_marked() {
    let demo = |run: Run| run.set(|run| run.demo = true);
    let report = Report::of(&[demo(run(Mode::Mid, 0, 15))]);
    for text in [&report.md, &report.html] {
        assert!(text.contains("DEMO DATA: The scores are of generated data, not recordings."), "{text}");
    }
    assert!(report.tex("data.tex").contains("DEMO"));
    let real = Report::of(&[run(Mode::Mid, 0, 15)]);
    assert!(!real.md.contains("DEMO") && !real.html.contains("DEMO"));
}

#[test]
fn runs_that_did_not_end_well_are_listed() {
    let failed = run(Mode::Late, 0, 10)
        .set(|run| run.end = Some(RunEvent::Failed { errors: vec!["the disk is full".to_owned()] }));
    let cut = run(Mode::Hybrid, 0, 10).set(|run| run.end = Some(RunEvent::Heartbeat));
    let stopped = run(Mode::Mid, 0, 12).set(|run| run.outcome = Outcome::Stopped);
    let report = Report::of(&[failed, cut, stopped]);
    assert!(report.row("Every run", "late-s0")[4].contains("failed after 4 epochs: the disk is full"));
    assert!(report.row("Every run", "hybrid-s0")[4].contains("not ended, after 4 epochs"));
    assert!(report.md.contains("3 runs: 1 tested, 2 without a test score"), "{}", report.md);
    assert_eq!(report.row("Scores of the modes", "mid †")[4], "0.600");
}

#[test]
fn what_an_imported_run_does_not_tell_is_no_number() {
    let untold = |imported| run(Mode::Mid, 0, 15).set(|run| (run.val_log_loss, run.imported) = (f64::NAN, imported));
    let cell = |run: Run| Report::of(&[run]).row("Every run", "mid-s0")[5].clone();
    assert_eq!(cell(untold(true)), "–");
    assert_eq!(cell(untold(false)), "NaN", "a run of ours that diverged");
    let imported = Report::of(&[untold(true)]);
    assert!(!imported.md.contains("NaN"), "{}", imported.md);
}

#[test]
fn an_interval_that_is_missing_says_why() {
    let report = Report::of(&[run(Mode::Mid, 0, 15).set(|run| run.predictions = false)]);
    assert!(report.md.contains("No interval for mid:"), "{}", report.md);
    let with = Report::of(&[run(Mode::Mid, 0, 15)]);
    assert!(with.md.contains("bootstrap replicates over") && !with.md.contains("No interval"), "{}", with.md);
    // A file that tells of another model is not taken for the run's.
    let folder = tempdir().unwrap();
    let dir = run(Mode::Mid, 0, 15).write(folder.path());
    let other = run(Mode::Mid, 1, 11).write(folder.path());
    fs::copy(other.join("prediction.csv"), dir.join("prediction.csv")).unwrap();
    let (entries, _) = report::collect(folder.path(), &["mid-s0".into()]).unwrap();
    report::write(entries, &folder.path().join("out"), &Options::default()).unwrap();
    let md = fs::read_to_string(folder.path().join("out/report.md")).unwrap();
    assert!(md.contains("does not hold the predictions"), "{md}");
}

#[test]
fn hostile_names_do_no_harm() {
    let hostile = r#"<script>alert("x")</script>|`_*&\end{table}%$#"#;
    let hostile_classes = |run: Run| {
        run.set(|run| {
            run.classes = vec![hostile.to_owned(), "b\u{1b}[2J\u{202e}\nus".to_owned()];
            run.predictions = false;
        })
    };
    let report = Report::of(&[
        hostile_classes(run(Mode::Early, 0, 14)),
        hostile_classes(run(Mode::Late, 0, 15)),
        run(Mode::Mid, 0, 15).set(|run| {
            run.name = "<img src=x onerror=y>&".to_owned();
            run.fingerprint = "</style><b>\u{7}".to_owned();
        }),
    ]);
    for (path, content) in files(&report.folder.path().join("out")) {
        let Ok(text) = String::from_utf8(content) else { continue };
        let name = path.display();
        // Indented lines of Markdown are code, in which nothing means anything.
        let markdown = path.extension().is_some_and(|extension| extension == "md");
        let text: Vec<&str> = text.lines().filter(|line| !(markdown && line.starts_with("    "))).collect();
        let text = text.join("\n");
        assert!(!text.contains("<script") && !text.contains("<img") && !text.contains("</style><b>"), "{name}");
        assert!(!text.chars().any(|c| c.is_control() && c != '\n' || c == '\u{202e}'), "{name}");
        if path.extension().is_some_and(|extension| extension == "tex") {
            assert_eq!(text.matches(r"\end{table}").count(), 1, "{name}:\n{text}");
            let shrunk = text.contains(r"\resizebox{\linewidth}{!}{%");
            assert_eq!(shrunk, text.contains(r"\end{tabular}}"), "{name}: what is opened is closed\n{text}");
            assert!(!shrunk || text.contains("graphicx"), "{name} names the package that it needs\n{text}");
        }
    }
    let cells = report.md.lines().filter(|line| line.starts_with("| ") && line.contains("script"));
    assert!(cells.clone().count() > 0 && cells.clone().all(|line| line.contains(r"\|")), "{}", report.md);
    well_formed(&report.html);
}

/// Every tag that opens closes, in order; nothing is fetched from anywhere.
fn well_formed(html: &str) {
    let mut open: Vec<String> = Vec::new();
    let (_, body) = html.split_once("<!DOCTYPE html>").unwrap();
    for piece in body.split('<').skip(1) {
        let (tag, _) = piece.split_once('>').unwrap_or_else(|| panic!("a tag without an end: {piece}"));
        assert_eq!(tag.matches('"').count() % 2, 0, "quotes in <{tag}>");
        let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "at </{tag}>");
        } else if !tag.ends_with('/') && name != "meta" {
            open.push(name);
        }
        for banned in ["src=", "http:", "https:", "url(", "@import", "onload", "onerror"] {
            assert!(!tag.contains(banned), "{banned} in <{tag}>");
        }
    }
    assert_eq!(open, [""; 0]);
    assert!(!html.contains("http://") && !html.contains("https://") && !html.contains("url("));
    assert!(html.contains("name=\"viewport\"") && html.contains("prefers-color-scheme: dark"));
}

#[test]
fn the_html_needs_nothing_else() {
    let report = Report::of(&[run(Mode::Early, 0, 14), run(Mode::Late, 0, 15), run(Mode::Late, 1, 16)]);
    well_formed(&report.html);
    assert!(report.html.matches("<svg").count() >= 6, "figures are inside");
    assert!(!report.html.contains("<script"));
}

#[test]
fn figures_can_be_read() {
    let report = Report::of(&[run(Mode::Early, 0, 14), run(Mode::Video, 0, 15)]);
    let figures = files(&report.folder.path().join("out/figures"));
    let (svgs, pngs): (Vec<_>, Vec<_>) =
        figures.iter().partition(|(path, _)| path.extension().is_some_and(|extension| extension == "svg"));
    assert_eq!(svgs.len(), pngs.len());
    assert!(svgs.len() >= 7, "{:?}", figures.keys());
    for (path, content) in svgs {
        let text = String::from_utf8(content.clone()).unwrap();
        assert!(text.starts_with("<svg xmlns=") && text.trim_end().ends_with("</svg>"), "{}", path.display());
        assert!(text.contains("<text") && text.contains("sans-serif"), "{}: text is text", path.display());
    }
    for (path, content) in pngs {
        let mut reader = png::Decoder::new(std::io::Cursor::new(content)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        let svg = fs::read_to_string(path.with_extension("svg")).unwrap();
        let size = format!("width=\"{}\" height=\"{}\"", info.width / 2, info.height / 2);
        assert!(svg.contains(&size), "{}: twice the size for print", path.display());
        let ink = pixels.chunks_exact(3).filter(|pixel| pixel.iter().any(|&value| value < 200)).count();
        assert!(ink > 2000, "{}: {ink} dark pixels", path.display());
    }
}

#[test]
fn the_same_runs_give_the_same_bytes() {
    let runs = || [run(Mode::Early, 0, 14), run(Mode::Late, 0, 15), run(Mode::Late, 1, 16)];
    let (first, second) = (Report::of(&runs()), Report::of(&runs()));
    let files_of = |report: &Report| {
        let out = report.folder.path().join("out");
        files(&out)
            .into_iter()
            .map(|(path, content)| (path.strip_prefix(&out).unwrap().to_owned(), content))
            .collect::<BTreeMap<_, _>>()
    };
    assert_eq!(files_of(&first), files_of(&second));
}

#[test]
fn only_an_untouched_report_is_replaced() {
    let folder = tempdir().unwrap();
    run(Mode::Mid, 0, 15).write(&folder.path().join("runs"));
    let out = folder.path().join("out");
    let write = |force| {
        let (entries, _) = report::collect(&folder.path().join("runs"), &[]).unwrap();
        report::write(entries, &out, &Options { force, ..Options::default() }).map_err(|error| format!("{error:#}"))
    };
    fs::create_dir(&out).unwrap();
    write(false).expect("an empty folder is filled");
    write(false).expect("an untouched report is replaced");

    fs::write(out.join("report.md"), "my own words").unwrap();
    let error = write(false).unwrap_err();
    assert!(error.contains("`report.md` was changed") && error.contains("--force"), "{error}");
    assert_eq!(fs::read_to_string(out.join("report.md")).unwrap(), "my own words");
    write(true).expect("--force replaces a report that was changed");

    fs::write(out.join("thesis.tex"), "years of work").unwrap();
    for force in [false, true] {
        let error = write(force).unwrap_err();
        assert!(error.contains("thesis.tex"), "{error}");
    }
    assert_eq!(fs::read_to_string(out.join("thesis.tex")).unwrap(), "years of work");

    let error = report::write(
        report::collect(&folder.path().join("runs"), &[]).unwrap().0,
        &folder.path().join("runs"),
        &Options { force: true, ..Options::default() },
    );
    assert!(format!("{:#}", error.unwrap_err()).contains("no report"), "the runs folder is not replaced");
    assert!(folder.path().join("runs/mid-s0/events.jsonl").is_file());
    let left = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 2, "nothing is left beside");
}

#[test]
fn what_is_not_there_is_named() {
    let folder = tempdir().unwrap();
    let error = report::collect(folder.path(), &["nobody".into()]).unwrap_err().to_string();
    assert!(error.contains("there is no run `nobody`"), "{error}");
    let error = report::collect(folder.path(), &[]).unwrap_err().to_string();
    assert!(error.contains("there are no runs in"), "{error}");
}
