//! The palette, the mouse, the clipboard, and keys of one's own.

use avsc_tui::{
    config::{Config, Layers, Means, Mode},
    protocol::{Command, Outcome, RunEvent, Setting, Steer, StopMode, WorkerMessage},
    tui::{Call, Effect, Message, State, keymap},
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEventKind};

use crate::fixture::{Dashboard, START, Script, finished, steer, training};

#[test]
fn the_palette_finds_an_action_by_a_few_letters_and_does_it() {
    let (mut dashboard, run) = training(120, 40);
    dashboard.keys(":");
    let text = dashboard.text();
    assert!(text.contains("train the mode that is shown") && text.contains("Enter"), "{text}");
    assert_eq!(dashboard.keys("stp⏎e"), [steer(&run.dir, Steer::Stop(StopMode::AfterEpoch))]);
    assert!(!dashboard.text().contains("command ─"), "it has closed");
    dashboard.keys(":thm⏎");
    assert!(dashboard.text().contains("colours: dark"), "{}", dashboard.text());
}

#[test]
fn the_palette_says_why_something_cannot_be_done() {
    let mut dashboard = Dashboard::new(120, 40);
    // Whichever rows are in sight at first: what is looked for is.
    for (name, why) in [("pause", "nothing is live"), ("queue", "no run waits"), ("tag", "only on the Runs screen")] {
        dashboard.keys(&format!(":{name}"));
        let text = dashboard.text();
        assert!(text.contains(why), "{why} is not in\n{text}");
        dashboard.keys("⎋");
    }
    dashboard.keys(":");
    assert_eq!(dashboard.keys("pause⏎"), []);
    assert!(dashboard.text().contains("pause: nothing is live"), "{}", dashboard.text());
    assert_eq!(dashboard.keys(":zzzz⏎"), []);
    assert!(!dashboard.text().contains("zzzz"));
}

#[test]
fn text_is_typed_and_pasted_where_it_is_looked_for_and_nowhere_else() {
    let (mut dashboard, _) = training(120, 40);
    assert_eq!(dashboard.tell(Message::Paste("qy".to_owned())), [], "a paste is no command");
    dashboard.keys(":sto");
    dashboard.tell(Message::Paste("p\u{1b}]0;x\u{7}\n".to_owned()));
    let text = dashboard.text();
    assert!(text.contains(": stop]0;x"), "{text}");
    dashboard.tell(Message::Key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL)));
    dashboard.keys("quit");
    dashboard.key(KeyCode::Backspace);
    assert!(dashboard.text().contains(": qui "), "{}", dashboard.text());
    assert_eq!(dashboard.interrupt_key(), [Effect::Send(Command::Shutdown)], "Ctrl-C is never text");
}

#[test]
fn a_click_is_the_key_of_what_it_hits() {
    let (mut dashboard, run) = training(120, 40);
    dashboard.keys("t");
    dashboard.click("epochs at most");
    let set = Steer::Set { key: Setting::Epochs, value: 200.0 };
    assert_eq!(dashboard.keys("200⏎"), [steer(&run.dir, set)], "what is typed goes into the row that was clicked");
    dashboard.click("5 Audio");
    assert!(dashboard.text().contains("▸5 Audio◂"));
    dashboard.click("Late ●");
    assert!(dashboard.text().contains("▸3 Late ●◂"));
    assert_eq!(dashboard.click("Space pause"), [steer(&run.dir, Steer::Pause)]);
    dashboard.click("s stop");
    assert!(dashboard.text().contains("Stop? Late is live"));
    assert_eq!(dashboard.click("1 Early"), [], "a dialog keeps what is beneath it from the mouse");
    assert_eq!(dashboard.click("discard"), [steer(&run.dir, Steer::Stop(StopMode::Discard))]);
    dashboard.click("? help");
    assert!(dashboard.text().contains("type to search"));
    dashboard.click("Esc close");
    dashboard.click(": command");
    dashboard.keys("copy");
    dashboard.click("copy the table");
    assert!(dashboard.text().contains("copied 14 epochs"), "{}", dashboard.text());
    dashboard.keys("⇥");
    dashboard.click("Log");
    assert!(dashboard.text().contains("output kept") || dashboard.text().contains("log · "));
}

#[test]
fn the_mouse_chooses_a_run_and_shows_it() {
    let mut dashboard = Dashboard::new(170, 40);
    let entry = |name, mode, at| Script::new(name, mode).at(at).epochs(3).finish(Outcome::Finished).entry();
    let entries = vec![entry("older", Mode::Mid, 0), entry("newer", Mode::Late, 60)];
    dashboard.scanned(entries, vec![]);
    dashboard.click("Tab Tra");
    assert!(dashboard.text().contains("▸   late"), "{}", dashboard.text());
    dashboard.click("older");
    assert!(dashboard.text().contains("▸   mid"), "{}", dashboard.text());
    dashboard.mouse(MouseEventKind::ScrollUp, 10, 10);
    assert!(dashboard.text().contains("▸   late"));
    dashboard.click("older");
    dashboard.click("older");
    assert!(dashboard.text().contains("▸2 Mid◂"), "a second click shows it");
}

#[test]
fn the_wheel_goes_through_what_lies_uppermost() {
    let (mut dashboard, _) = training(80, 24);
    dashboard.keys("?");
    dashboard.mouse(MouseEventKind::ScrollDown, 5, 5);
    assert!(!dashboard.text().contains("one mode to the left"));
    dashboard.keys("⎋:");
    dashboard.mouse(MouseEventKind::ScrollDown, 5, 5);
    assert!(dashboard.text().contains("▸ hybrid"), "{}", dashboard.text());
    dashboard.keys("⎋s");
    dashboard.mouse(MouseEventKind::ScrollDown, 5, 5);
    assert!(dashboard.text().contains("▸ e  stop after"), "{}", dashboard.text());
}

#[test]
fn a_click_anywhere_at_any_size_harms_nothing() {
    for (width, height) in [(1, 1), (39, 12), (40, 12), (80, 24), (120, 40)] {
        for script in ["", "s", "q", ":", "?", "⇥", "⇥⇥", "⇥⇥⇥", "⇥⇥⇥⇥", "2⏎"] {
            let (mut dashboard, _) = training(width, height);
            dashboard.keys(script);
            for row in 0..=height {
                for column in (0..=width).step_by(3) {
                    dashboard.mouse(MouseEventKind::Down(MouseButton::Left), column, row);
                    dashboard.mouse(MouseEventKind::ScrollDown, column, row);
                }
            }
            dashboard.draw();
        }
    }
}

#[test]
fn the_mouse_can_be_left_to_the_terminal() {
    let (mut dashboard, _) = training(120, 40);
    assert_eq!(dashboard.keys("m"), [Effect::Mouse(false)]);
    assert!(dashboard.text().contains("the mouse selects text, m takes it back"));
    assert_eq!(dashboard.keys("m"), [Effect::Mouse(true)]);
    assert!(!dashboard.text().contains("takes it back"));
}

#[test]
fn the_shown_table_is_copied() {
    let copied = |effects: Vec<Effect>| match effects.as_slice() {
        [Effect::Copy(text)] => text.clone(),
        other => panic!("{other:?}"),
    };
    let (mut dashboard, _) = finished(120, 40);
    let epochs = copied(dashboard.keys("y"));
    assert_eq!(epochs.lines().count(), 20);
    assert!(epochs.starts_with("epoch\ttrain loss\tval loss\t"), "{epochs}");
    let confusion = copied(dashboard.keys("xxy"));
    assert!(confusion.starts_with("truth\tairport\tbus\t") && confusion.lines().count() == 11, "{confusion}");
    let classes = copied(dashboard.keys("xy"));
    assert!(classes.starts_with("class\tprecision\trecall\tF1\tclips\nairport\t0."), "{classes}");
    let table = copied(dashboard.keys("⇥y"));
    assert!(table.contains("late\t0\tearly stop\t0.4"), "{table}");
    let runs = copied(dashboard.keys("⇥y"));
    assert!(runs.contains("20260101-000000-late-s0\tlate\t0\tearly stop\t19\t12\t"), "{runs}");
    dashboard.tell(Message::NativeOutput("a\tb\u{1b}[31m\nrm -rf /".to_owned()));
    for _ in 0..3_000 {
        dashboard.tell(Message::NativeOutput("x".repeat(300)));
    }
    dashboard.tell(Message::NativeOutput("the\u{1b}[31m newest".to_owned()));
    dashboard.keys("⇥");
    let log = copied(dashboard.keys("⇥y"));
    assert!(log.len() < 60_000 && log.ends_with("output\tthe^[[31m newest\n"), "{}", log.len());
    assert_eq!(Dashboard::new(80, 24).keys("y"), [], "there is nothing yet");
}

#[test]
fn what_is_pointed_at_is_copied() {
    let copied = |effects: Vec<Effect>| {
        let copy = effects.iter().find_map(|effect| if let Effect::Copy(text) = effect { Some(text) } else { None });
        copy.unwrap_or_else(|| panic!("{effects:?}")).clone()
    };
    let (mut dashboard, run) = finished(120, 40);
    assert_eq!(dashboard.keys("Y"), [], "the chart has no cursor yet");
    assert!(dashboard.text().contains("copy value: no value is pointed at here"), "{}", dashboard.text());
    let losses: Vec<String> = run
        .events
        .iter()
        .filter_map(|event| match &event.event {
            RunEvent::EpochFinished(epoch) => Some(epoch.val_loss.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(copied(dashboard.keys("w←Y")), losses[18], "the cursor comes in at the newest epoch");
    assert_eq!(copied(dashboard.keys("←←Y")), losses[16]);
    assert!(dashboard.text().contains("copied val loss of epoch 17: 0."), "{}", dashboard.text());
    // The cell of the matrix in its unit, and the F1 of the class in the chosen row.
    let share: f64 = copied(dashboard.keys("xxY")).parse().unwrap();
    assert!((0.0..=1.0).contains(&share), "{share}");
    let clips: u64 = copied(dashboard.keys("cY")).parse().unwrap();
    assert!(clips > 1);
    let table = copied(dashboard.keys("xy"));
    let f1 = table.lines().nth(2).and_then(|line| line.split('\t').nth(3)).unwrap().to_owned();
    assert_eq!(copied(dashboard.keys("↓Y")), f1, "the second class");
    // A cell of the table of runs in full, and a name.
    assert_eq!(copied(dashboard.keys("⇥Y")), "late");
    assert_eq!(copied(dashboard.keys("→→→Y")), losses[11], "the validation loss of the best epoch");
    assert_eq!(copied(dashboard.keys("⇥Y")), "20260101-000000-late-s0");
    dashboard.tell(Message::NativeOutput("a\u{1b}[31m line".to_owned()));
    assert_eq!(copied(dashboard.keys("⇥⇥Y")), "a^[[31m line");
}

#[test]
fn every_screen_has_a_key_a_name_and_a_tab() {
    let (mut dashboard, _) = training(80, 24);
    for (at, (name, shown)) in
        [("train", "loss"), ("runs", "1 run"), ("compare", "the newest run"), ("study", "stud"), ("log", "log · ")]
            .into_iter()
            .enumerate()
    {
        dashboard.key(KeyCode::F(at as u8 + 1));
        assert!(dashboard.text().contains(shown), "{name}: {}", dashboard.text());
        dashboard.keys("⇥");
        assert_eq!(dashboard.keys(&format!(":{name} screen⏎")), []);
        assert!(dashboard.text().contains(shown), "{name}: {}", dashboard.text());
    }
    // The names of the screens have room at 80 columns, wherever one is.
    for tab in ["Run", "Com", "Stu", "Log", "Tra"] {
        let text = dashboard.text();
        let last = text.lines().last().unwrap();
        let column = last.rfind(tab).map(|bytes| last[..bytes].chars().count()).unwrap();
        dashboard.mouse(MouseEventKind::Down(MouseButton::Left), column as u16, 23);
    }
    assert!(dashboard.text().contains("loss"), "{}", dashboard.text());
    // With more room the keys that lead everywhere have theirs, too.
    for script in ["", "⇥", "⇥⇥", "⇥⇥⇥", "⇥⇥⇥⇥"] {
        let (mut dashboard, _) = training(120, 40);
        dashboard.keys(script);
        let text = dashboard.text();
        for key in ["Tab Tra", ": command", "? help", "q quit"] {
            assert!(text.contains(key), "{key} is not in\n{text}");
        }
    }
}

#[test]
fn the_palette_puts_what_can_be_done_first_and_finds_sentences_by_their_words() {
    let mut dashboard = Dashboard::new(120, 40);
    assert_eq!(dashboard.keys(":clear⏎"), [], "there is nothing to clear, and nothing else is done");
    assert!(dashboard.text().contains("clear: no run waits"), "{}", dashboard.text());
    let (mut dashboard, _) = training(120, 40);
    dashboard.keys("2⏎q:clear⏎");
    assert!(dashboard.text().contains("Clear the queue? Waiting: 1"), "{}", dashboard.text());
    dashboard.keys("⎋:spreadsheet");
    assert!(dashboard.text().contains("▸ copy "), "{}", dashboard.text());
    dashboard.keys("^lsrgpf");
    assert!(dashboard.text().contains("no action is called so"), "{}", dashboard.text());
    dashboard.keys("^move up⏎");
    assert!(dashboard.text().contains("move up: only in the queue"), "{}", dashboard.text());
}

#[test]
fn a_click_on_the_status_is_no_click_on_the_tab_beneath_it() {
    let (mut dashboard, _) = training(40, 12);
    let header = dashboard.text().lines().next().unwrap().to_owned();
    let status = header.find("DEMO").map(|bytes| header[..bytes].chars().count()).unwrap();
    for column in status..40 {
        dashboard.mouse(MouseEventKind::Down(MouseButton::Left), column as u16, 0);
        assert_eq!(dashboard.text().lines().next(), Some(header.as_str()), "column {column}");
    }
    assert!(header.contains('6'), "every mode has its tab: {header}");
}

#[test]
fn the_person_is_called_back_as_the_settings_want_it() {
    let calls = |effects: Vec<Effect>| -> Vec<Call> {
        let call = |effect| if let Effect::Call(call) = effect { Some(*call) } else { None };
        effects.into_iter().filter_map(call).collect()
    };
    let mut dashboard = Dashboard::with(80, 24, |config| {
        config.notify.best = vec![Means::Command];
        config.notify.command = vec!["tell".to_owned(), "me".to_owned()];
        config.notify.failed = vec![Means::Osc9];
    });
    dashboard.keys("⏎");
    let mut run = Script::new("a\u{7}b", Mode::Late);
    run.epochs(1);
    let told = |dashboard: &mut Dashboard, run: &Script| -> Vec<Call> {
        let event =
            |event: &avsc_tui::protocol::Envelope| WorkerMessage::Event { dir: run.dir.clone(), event: event.clone() };
        run.events.iter().flat_map(|one| calls(dashboard.worker(event(one)))).collect()
    };
    let best = told(&mut dashboard, &run);
    let program = best[0].program.clone().unwrap();
    assert_eq!((best.len(), best[0].bell, program.words), (1, false, vec!["tell".to_owned(), "me".to_owned()]));
    let fact = |name| program.facts.iter().find(|(fact, _)| *fact == name).map(|(_, value)| value.as_str());
    assert_eq!((fact("AVSC_EVENT"), fact("AVSC_MODE"), fact("AVSC_EPOCH")), (Some("best"), Some("late"), Some("1")));
    assert_eq!(told(&mut dashboard, &run), [], "what comes twice calls once");

    let nan = |first| RunEvent::Steps { epoch: 2, first, losses: vec![f32::NAN] };
    let bell = Call { bell: true, desktop: None, program: None };
    let message = run.next(nan(62));
    assert_eq!(calls(dashboard.worker(message)), [bell]);
    let message = run.next(nan(63));
    assert_eq!(calls(dashboard.worker(message)), [], "a run diverges once");
    let message = run.next(RunEvent::Failed { errors: vec!["full\u{1b}]0;".to_owned()] });
    let failed = calls(dashboard.worker(message));
    assert_eq!(failed[0].desktop.as_deref(), Some("a^Gb failed: full^[]0;"));
}

#[test]
fn themes_differ_and_each_can_be_chosen_with_a_key() {
    let (mut dashboard, _) = training(120, 40);
    let mut seen = Vec::new();
    for theme in ["dark", "light", "contrast", "safe"] {
        dashboard.keys("T");
        assert!(dashboard.text().contains(&format!("colours: {theme}")));
        dashboard.tell(Message::Clock(i64::MAX / 2));
        let picture = dashboard.ansi();
        assert!(!seen.contains(&picture), "{theme}");
        seen.push(picture);
    }
}

#[test]
fn keys_of_ones_own_count_and_are_shown() {
    let file = "[keys.train]\ntrain = [\"f8\", \"ctrl-t\"]\n[keys.global]\nstop = []\nquit = [\"ctrl-q\"]";
    let config: Config = Layers::new().text(file, "my.toml", None).resolve_with(keymap::problems).unwrap();
    let mut dashboard = Dashboard::with(80, 24, |own| own.keys = config.keys.clone());
    assert!(dashboard.text().contains("F8 trains it"), "{}", dashboard.text());
    assert_eq!(dashboard.keys("⏎q"), [], "the old keys mean nothing");
    let press =
        |dashboard: &mut Dashboard, code, modifiers| dashboard.tell(Message::Key(KeyEvent::new(code, modifiers)));
    let effects = press(&mut dashboard, KeyCode::Char('t'), KeyModifiers::CONTROL);
    assert!(matches!(effects.as_slice(), [Effect::Send(Command::Start(_))]), "{effects:?}");
    dashboard.keys("?f8");
    assert!(dashboard.text().contains("F8 Ctrl-T"), "{}", dashboard.text());

    let broken = Layers::new().set("keys.train.train=[\"q\"]").resolve().unwrap();
    let state = State::new(broken, START);
    assert!(state.needs_redraw(), "what was refused on the command line is no reason to panic");
}
