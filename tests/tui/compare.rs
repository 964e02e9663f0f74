//! The Compare screen: any number of runs, groups over seeds, panes that have the keys, the mouse.

use avsc_tui::{
    config::{ColorDepth, Marks, Mode},
    metrics::Confusion,
    protocol::{Outcome, RunEvent},
    runs::RunEntry,
    tui::{Effect, Message, update},
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEventKind};

use crate::fixture::{Dashboard, Script, entries};

/// Three modes over three seeds that differ; they end after different numbers of epochs.
fn seeds() -> Vec<RunEntry> {
    let lucks = [(0, 0.9, 18), (1, -0.8, 14), (2, 0.1, 21)];
    let modes = [(Mode::Late, 0.0), (Mode::Mid, -0.6), (Mode::Audio, -3.5)];
    let runs = modes.into_iter().flat_map(|(mode, offset)| {
        lucks
            .map(|(seed, luck, epochs)| (mode, seed, offset + luck * if mode == Mode::Mid { 0.7 } else { 1.0 }, epochs))
    });
    entries(&runs.collect::<Vec<_>>())
}

/// A dashboard that compares all of `entries`.
fn comparing(dashboard: Dashboard, entries: Vec<RunEntry>) -> Dashboard {
    let mut dashboard = dashboard;
    dashboard.scanned(entries, vec![]);
    dashboard.keys("⇥Xc");
    dashboard
}

fn compared(width: u16, height: u16, entries: Vec<RunEntry>) -> Dashboard {
    comparing(Dashboard::new(width, height), entries)
}

/// Twenty runs of one mode; the one that is listed last is the best.
fn twenty() -> Vec<RunEntry> {
    let runs: Vec<_> = (0..20_u64).map(|seed| (Mode::Late, seed, 0.9 - 0.1 * seed as f64, 3)).collect();
    entries(&runs)
}

#[test]
fn frames() {
    for (width, height) in [(120, 40), (80, 24)] {
        let mut dashboard = compared(width, height, seeds());
        dashboard.keys("b");
        insta::assert_snapshot!(format!("groups_{width}x{height}"), dashboard.text());
        dashboard.keys("w←");
        insta::assert_snapshot!(format!("groups_cursor_{width}x{height}"), dashboard.text());
    }
    for marks in [Marks::Block, Marks::Ascii] {
        let looks = Dashboard::with(80, 24, |config| {
            (config.ui.marks, config.ui.color) = (marks, ColorDepth::None);
        });
        let mut dashboard = comparing(looks, seeds());
        dashboard.keys("b");
        insta::assert_snapshot!(format!("groups_{marks:?}"), dashboard.text());
    }
    let mut dashboard = compared(40, 12, seeds());
    dashboard.keys("w");
    insta::assert_snapshot!("curves_40x12", dashboard.text());
}

#[test]
fn all_marked_runs_are_listed_and_the_best_of_them_are_drawn() {
    let mut dashboard = compared(120, 40, twenty());
    let text = dashboard.text();
    assert!(text.contains("20 runs · marked runs"), "{text}");
    assert!(text.contains("val loss · the best 16 of 20 runs") && text.contains("1-9 of 20 runs"), "{text}");
    let star = text.lines().find(|line| line.contains('★') && line.contains("late")).unwrap();
    assert!(star.contains("late-s0-00"), "the first that was trained is the best, though it is listed last: {star}");
    let mut seen = text;
    dashboard.key(KeyCode::End);
    seen += &dashboard.text();
    dashboard.keys("↑↑↑↑↑↑↑↑↑");
    seen += &dashboard.text();
    assert!((0..20).all(|seed| seen.contains(&format!("late-s{seed}-"))), "every row can be reached\n{seen}");
    dashboard.keys("b");
    let text = dashboard.text();
    assert!(text.contains("1 group · marked runs, mean ± sd over seeds") && text.contains("20 runs"), "{text}");
}

#[test]
fn no_more_histories_are_open_than_are_drawn() {
    let mut dashboard = Dashboard::new(120, 40);
    let runs: Vec<_> = (0..300_u64).map(|seed| (Mode::Late, seed, 0.9 - 0.005 * seed as f64, 1)).collect();
    let entries = entries(&runs);
    dashboard.scanned(entries.clone(), vec![]);
    let mut opened = 0;
    let mut press = |code| {
        let effects = update(&mut dashboard.state, Message::Key(KeyEvent::new(code, KeyModifiers::NONE)));
        let open = effects.into_iter().filter(|effect| matches!(effect, Effect::Open { .. })).count();
        opened += open;
        opened
    };
    for key in ['X', 'c'] {
        press(if key == 'X' { KeyCode::Tab } else { KeyCode::Char('c') });
        press(KeyCode::Char('X'));
    }
    assert!((16..=18).contains(&press(KeyCode::Null)), "the best, and the newest that is shown on Train");
    assert_eq!(press(KeyCode::End), press(KeyCode::Null), "the last row is another one");
    assert!((128..150).contains(&press(KeyCode::Char('b'))), "all members of groups, but not all of 300");
    let text = dashboard.text();
    assert!(text.contains("172 more left out"), "{text}");
}

/// `count` classes with names of their own, as one run of them; `shift` turns their order.
fn classes(name: &str, count: usize, shift: usize) -> RunEntry {
    let mut run = Script::new(name, Mode::Late);
    let class = |at: usize| (at + shift) % count;
    run.started().classes = (0..count).map(|at| format!("class{:02}", class(at))).collect();
    run.epochs(2).finish(Outcome::Finished);
    let confusion = |more: usize| {
        let mut matrix = Confusion::new(count);
        for truth in 0..count {
            for clip in 0..20 {
                // As many as its name says are mistaken for the next one by name.
                let wrong = clip < class(truth) % 10 + more;
                matrix.add(truth, if wrong { (truth + 1) % count } else { truth });
            }
        }
        matrix
    };
    for event in &mut run.events {
        match &mut event.event {
            RunEvent::EpochFinished(result) => result.confusion = confusion(1),
            RunEvent::Finished(finished) => finished.test.as_mut().unwrap().confusion = confusion(0),
            _ => {}
        }
    }
    run.at(shift as i64 * 60).entry()
}

#[test]
fn every_class_and_every_setting_can_be_reached() {
    for count in [10, 50] {
        for (width, height) in [(40, 12), (80, 24)] {
            for (panes, what) in [("xxx", "classes"), ("xx", "confusion")] {
                let entries = vec![classes("one", count, 0), classes("two", count, 1)];
                let mut dashboard = compared(width, height, entries);
                dashboard.keys(panes);
                let mut seen = dashboard.text();
                if what == "classes" && !(count == 10 && height == 24) {
                    assert!(seen.contains(&format!("of {count} classes")), "{what} {width}x{height}\n{seen}");
                }
                dashboard.keys("w");
                for _ in 1..count {
                    dashboard.keys("↓→");
                    seen += &dashboard.text();
                }
                // The rows begin with their names.
                let reached = |class: usize| seen.contains(&format!("│class{class:02}"));
                assert!((0..count).all(reached), "{what} of {count} at {width}x{height}\n{seen}");
                assert!(dashboard.text().contains("▸ "), "the pane is marked");
                dashboard.keys("⎋");
                assert!(!dashboard.text().contains("╭ ▸"), "and is left again\n{}", dashboard.text());
            }
        }
    }
    let mut entries = seeds();
    for (at, entry) in entries.iter_mut().enumerate() {
        let config = entry.config.as_mut().unwrap();
        (config.train.lr, config.train.batch_size, config.train.epochs) = (1e-4 * (at + 1) as f64, 16 << at, 50 + at);
        (config.train.early_stop, config.train.weight_decay) = (at + 1, 1e-3 * at as f64);
    }
    let mut dashboard = compared(40, 12, entries);
    dashboard.keys("xw");
    let mut seen = dashboard.text();
    assert!(seen.contains(" of 9 runs") || seen.contains(" settings"), "{seen}");
    for _ in 0..12 {
        dashboard.keys("↓→");
        seen += &dashboard.text();
    }
    for name in ["train.batch", "train.early", "train.epoch", "train.lr", "train.seed", "train.weigh"] {
        assert!(seen.contains(name), "{name}\n{seen}");
    }
    assert!(
        ('a'..='i').all(|letter| seen.contains(&format!("━{letter} "))
            || seen.contains(&format!("┈{letter} "))
            || seen.contains(&format!("╍{letter} "))
            || seen.contains(&format!("─{letter} "))),
        "{seen}"
    );
}

#[test]
fn classes_in_another_order_are_compared_by_name_and_other_classes_are_not() {
    let mut dashboard = compared(160, 60, vec![classes("one", 4, 0), classes("two", 4, 1)]);
    dashboard.keys("xxx");
    let text = dashboard.text();
    let row = |text: &str, name: &str| text.lines().rfind(|line| line.contains(name)).unwrap().to_owned();
    for class in 0..4 {
        let row = row(&text, &format!("class{class:02}"));
        assert!(row.contains(" .00"), "the same class by name is as good in both: {row}\n{text}");
    }
    let mut dashboard = compared(160, 60, vec![classes("one", 4, 0), classes("two", 5, 1)]);
    dashboard.keys("xx");
    assert!(dashboard.text().contains("they have not the same classes"), "{}", dashboard.text());
}

#[test]
fn the_cursor_tells_each_rows_value_and_the_chart_is_zoomed_and_turned() {
    let mut dashboard = compared(120, 40, seeds());
    dashboard.keys("w");
    let whole = dashboard.text();
    dashboard.keys("←");
    let text = dashboard.text();
    assert!(text.contains("epoch 21") && !text.contains("a 0."), "the longest ends alone: {text}");
    for _ in 0..9 {
        dashboard.keys("←");
    }
    let text = dashboard.text();
    assert!(text.contains("epoch 12") && ('a'..='i').all(|row| text.contains(&format!("{row} 0."))), "{text}");
    dashboard.keys("++");
    assert!(dashboard.text().contains("zoomed") && dashboard.text().contains("epoch 12"), "{}", dashboard.text());
    for (keys, words) in [("L", "log · zoomed"), ("a", "step 744"), ("a", "trained"), ("a", "UTC"), ("aL", "zoomed")] {
        dashboard.keys(keys);
        assert!(dashboard.text().contains(words), "{words} after {keys}\n{}", dashboard.text());
    }
    dashboard.keys("{{");
    assert!(dashboard.text().contains("epoch 1 "), "{}", dashboard.text());
    dashboard.keys("0");
    assert_eq!(dashboard.text(), whole, "everything is seen again, without a cursor");
    // Train's chart is looked at in its own way.
    dashboard.keys("L⎋3");
    assert!(!dashboard.text().contains("╰ log"), "{}", dashboard.text());
}

#[test]
fn the_mouse_gives_panes_the_keys_and_moves_what_lies_under_it() {
    let mut dashboard = compared(120, 40, seeds());
    dashboard.click("train.seed");
    assert!(dashboard.text().contains("▸ settings that differ"), "{}", dashboard.text());
    dashboard.mouse(MouseEventKind::Down(MouseButton::Left), 30, 20);
    let text = dashboard.text();
    assert!(text.contains("▸ val loss") && text.contains("epoch "), "{text}");
    dashboard.mouse(MouseEventKind::ScrollUp, 30, 25);
    assert!(dashboard.text().contains("zoomed"), "{}", dashboard.text());
    let before = dashboard.text();
    dashboard.mouse(MouseEventKind::Down(MouseButton::Left), 30, 25);
    dashboard.mouse(MouseEventKind::Drag(MouseButton::Left), 12, 25);
    assert_ne!(dashboard.text(), before, "a held button moves it");
    // Over the scores the wheel goes through the rows, and a click gives the keys back to them.
    dashboard.mouse(MouseEventKind::ScrollDown, 30, 4);
    assert!(dashboard.text().lines().any(|line| line.starts_with("│▸ ") && line.contains('d')), "{}", dashboard.text());
    dashboard.mouse(MouseEventKind::Down(MouseButton::Left), 30, 3);
    dashboard.keys("↓");
    assert!(dashboard.text().lines().any(|line| line.starts_with("│▸ ╍╍b")), "{}", dashboard.text());
}

#[test]
fn letters_on_the_curves_tell_them_apart_without_colours() {
    for marks in [Marks::Braille, Marks::Block, Marks::Ascii] {
        let looks = Dashboard::with(120, 40, |config| {
            (config.ui.marks, config.ui.color) = (marks, ColorDepth::None);
        });
        let mut dashboard = comparing(looks, seeds());
        let text = dashboard.text();
        let plot: Vec<String> = text.lines().skip(13).map(|line| line.chars().take(59).skip(5).collect()).collect();
        for letter in 'a'..='i' {
            assert!(plot.iter().any(|line| line.contains(letter)), "{letter} is on no curve:\n{text}");
        }
    }
}

#[test]
fn where_members_have_ended_the_mean_says_how_many_are_left() {
    let mut dashboard = compared(120, 40, seeds());
    assert!(!dashboard.text().contains("2/3"));
    dashboard.keys("b");
    let text = dashboard.text();
    assert!(text.contains("a2/3") && text.contains("b2/3") && text.contains("1/3"), "{text}");
}
