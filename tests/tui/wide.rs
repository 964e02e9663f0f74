//! Names in wide, combined and joined characters: they take the columns that they are counted with.

use avsc_tui::{
    config::Mode,
    protocol::Outcome,
    runs::{
        Changes, Notes,
        study::{Block, Course, Figure, Found, Phase, Setting, Standing, Study, Trial},
    },
    tui::{Message, StudyNews},
};
use ratatui::buffer::Buffer;
use unicode_width::UnicodeWidthStr as _;

use crate::fixture::{Dashboard, Script, listed};

const NAMES: [&str; 10] = [
    "機場候機樓",
    "バス",
    "지하철 역",
    "e\u{301}\u{302}cole",
    "👩‍👩‍👧‍👦 park",
    "🚋🚋🚋🚋🚋🚋🚋🚋",
    "ａｂｃ",
    "a\u{0300}\u{0301}\u{0302}\u{0303}\u{0304}",
    "🇨🇭 tram",
    "街️☀️の歩行者天国の長い名前",
];

/// A dashboard whose classes, runs, tags, notes, settings, study and log are all called so.
fn dashboard(width: u16, height: u16) -> Dashboard {
    let mut dashboard = Dashboard::new(width, height);
    let entries: Vec<_> = (0..4_u64)
        .map(|seed| {
            let mode = if seed < 2 { Mode::Late } else { Mode::Mid };
            let mut run = Script::new(&format!("{}-s{seed}", NAMES[seed as usize]), mode);
            (run.started().seed, run.luck) = (seed, seed as f64 / 4.0);
            run.started().classes = NAMES.map(str::to_owned).to_vec();
            NAMES[4].clone_into(&mut run.started().device);
            run.epochs(9).finish(Outcome::Finished);
            run.at(60 * seed as i64).entry()
        })
        .collect();
    dashboard.scanned(entries.clone(), vec![NAMES.join(" ")]);
    let found = entries.iter().enumerate().map(|(at, entry)| {
        let mut found = listed(entry);
        found.notes = Notes {
            label: NAMES[at + 4].repeat(3),
            tags: NAMES.iter().map(|name| (*name).to_owned()).collect(),
            note: NAMES.join(" "),
            ..Notes::default()
        };
        found
    });
    dashboard.tell(Message::Runs(Box::new(Changes { found: found.collect(), ..Changes::default() })));
    for name in NAMES {
        dashboard.tell(Message::NativeOutput(name.repeat(12)));
    }
    let study = study();
    let standing = Standing { phase: Phase::Failed, why: NAMES.join(" "), ..Standing::default() };
    let course = Course { trials: vec![standing; study.trials.len()], ..Course::default() };
    let folder = study.folder.clone();
    let found = vec![Found { folder: folder.clone(), name: NAMES.concat(), changed: None }];
    for news in [
        StudyNews::Found(found),
        StudyNews::Opened { folder: folder.clone(), study: Ok(Box::new(study)) },
        StudyNews::Course { folder, course: Box::new(course) },
    ] {
        dashboard.tell(Message::Study(news));
    }
    dashboard
}

fn study() -> Study {
    let values = |from: usize| NAMES[from..from + 4].iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let trial = |at: u32| Trial {
        id: format!("{at:016x}"),
        mode: Some(Mode::Late),
        seed: 0,
        lr: 1e-4,
        batch_size: 128,
        epochs: 50,
        early_stop: 7,
        levels: vec![at / 4, at % 4],
    };
    Study {
        folder: "runs/study".into(),
        name: NAMES.concat(),
        figures: vec![Figure { title: "val log loss", is_loss: true, is_test: false }],
        settings: [0, 4]
            .map(|from| Setting { name: NAMES[from].repeat(3), values: values(from), numbers: None })
            .to_vec(),
        blocks: vec![Block { name: NAMES[2].to_owned(), axes: vec![0, 1], rows: (0..16).map(|at| vec![at]).collect() }],
        trials: (0..16).map(trial).collect(),
        ..Study::default()
    }
}

/// Every wide character has the next cell for itself, and every row that begins with a border ends with one.
fn check(picture: &Buffer, what: &str, text: &str) {
    let area = picture.area;
    for y in 0..area.height {
        for x in 0..area.width {
            let symbol = picture[(x, y)].symbol();
            let width = symbol.width() as u16;
            assert!(x + width.max(1) <= area.width, "{symbol} hangs over the edge of {what}\n{text}");
            for beside in x + 1..x + width.max(1) {
                let cell = picture[(beside, y)].symbol();
                assert!(cell == " " || cell.is_empty(), "{symbol} hides {cell} at {x},{y} of {what}\n{text}");
            }
        }
        let border = |x: u16, marks: &str| marks.contains(picture[(x, y)].symbol());
        if border(0, "│╭╰") && picture[(0, y)].symbol() != " " {
            assert!(border(area.width - 1, "│╮╯"), "row {y} of {what} has lost its border\n{text}");
        }
    }
}

#[test]
fn borders_stay_in_their_columns_whatever_names_are_made_of() {
    for (width, height) in [(120, 40), (80, 24), (40, 12)] {
        let mut dashboard = dashboard(width, height);
        for (screen, scripts) in [
            ("Train", &["", "x", "x", "x", "xp2", "w", "⎋"][..]),
            ("Runs", &["⇥X", "/tag:", "⎋", "→→→→→→→→→→→→→→→"]),
            ("Compare", &["⇥", "x", "w", "↓→", "x", "x", "x←", "⎋b", "x", "x", "x"]),
            ("Study", &["⇥", "w", "w", "z", "zL", "L"]),
            ("Log", &["⇥", "g"]),
        ] {
            for script in scripts {
                dashboard.keys(script);
                let text = dashboard.text();
                check(&dashboard.draw(), &format!("{screen} after {script} at {width}x{height}"), &text);
            }
        }
    }
}
