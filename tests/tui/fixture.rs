//! A lifelike run, told event by event, and a dashboard to tell it to.

use std::{
    fmt::Write,
    path::{Path, PathBuf},
};

use avsc_tui::{
    config::{ColorDepth, Config, Mode},
    metrics::{Confusion, Scores},
    protocol::{
        Command, Envelope, EpochFinished, Finished, Outcome, Progress, RunEvent, RunRequest, RunStarted, SplitResult,
        Steer, WorkerMessage, Writer,
    },
    runs::{Changes, History, Listed, Notes, RunEntry, Summary},
    tui::{Effect, Message, State, update, view},
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::{
    Terminal,
    backend::TestBackend,
    buffer::Buffer,
    style::{Color, Modifier},
};

pub const START: i64 = 1_767_225_600_000;
pub const BATCHES: usize = 62;
pub const CLASSES: [&str; 10] = [
    "airport",
    "bus",
    "metro",
    "metro_station",
    "park",
    "public_square",
    "shopping_mall",
    "street_pedestrian",
    "street_traffic",
    "tram",
];
const SUPPORT: [u64; 10] = [281, 327, 360, 386, 386, 387, 387, 421, 402, 308];

/// A dashboard and a terminal of a given size.
pub struct Dashboard {
    pub state: State,
    pub terminal: Terminal<TestBackend>,
    /// The runs in the folder: what is asked to be opened is found here at once.
    pub folder: Vec<RunEntry>,
}

impl Dashboard {
    pub fn new(width: u16, height: u16) -> Self {
        Self::with(width, height, |_| {})
    }

    pub fn with(width: u16, height: u16, adjust: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::default();
        config.model.mode = Mode::Late;
        config.ui.color = ColorDepth::TrueColor;
        // Most scripts begin with nothing running.
        config.ui.autostart = false;
        adjust(&mut config);
        let Ok(terminal) = Terminal::new(TestBackend::new(width, height));
        let mut state = State::new(config, START);
        update(&mut state, Message::Resize(width, height));
        // The worker says so as soon as it is there.
        update(&mut state, Message::Worker(WorkerMessage::Idle));
        Self { state, terminal, folder: Vec::new() }
    }

    /// What `message` leads to. Runs are opened on the way, if they are in the folder.
    pub fn tell(&mut self, message: Message) -> Vec<Effect> {
        let mut effects = Vec::new();
        let mut asked = update(&mut self.state, message);
        while !asked.is_empty() {
            for effect in std::mem::take(&mut asked) {
                match effect {
                    Effect::Open { dir } => {
                        if let Some(entry) = self.folder.iter().find(|entry| entry.dir == dir) {
                            let entry = Ok(Box::new(entry.clone()));
                            asked.extend(update(&mut self.state, Message::Opened { dir, entry }));
                        }
                    }
                    Effect::Close { .. } => {}
                    effect => effects.push(effect),
                }
            }
        }
        effects
    }

    /// The folder holds `entries` and nothing else.
    pub fn scanned(&mut self, entries: Vec<RunEntry>, problems: Vec<String>) -> Vec<Effect> {
        let here = |dir: &PathBuf| entries.iter().any(|entry| entry.dir == *dir);
        let gone = self.folder.iter().map(|entry| entry.dir.clone()).filter(|dir| !here(dir)).collect();
        let found = entries.iter().map(listed).collect();
        self.folder = entries;
        self.tell(Message::Runs(Box::new(Changes { found, gone, tails: Vec::new(), problems })))
    }

    pub fn worker(&mut self, message: WorkerMessage) -> Vec<Effect> {
        self.tell(Message::Worker(message))
    }

    pub fn progress(&mut self, progress: Progress) {
        assert_eq!(self.tell(Message::Progress(progress)), []);
    }

    /// Press `key`; the effects of that.
    pub fn key(&mut self, code: KeyCode) -> Vec<Effect> {
        self.tell(Message::Key(KeyEvent::new(code, KeyModifiers::NONE)))
    }

    /// Press the keys that `script` spells, one character each; the effects of all of them. `^` is Ctrl-U,
    /// which erases a text.
    pub fn keys(&mut self, script: &str) -> Vec<Effect> {
        let code = |key| match key {
            '⏎' => KeyCode::Enter,
            '⎋' => KeyCode::Esc,
            '⇥' => KeyCode::Tab,
            '↑' => KeyCode::Up,
            '↓' => KeyCode::Down,
            '→' => KeyCode::Right,
            '←' => KeyCode::Left,
            '⌫' => KeyCode::Backspace,
            key => KeyCode::Char(key),
        };
        let press = |key| match key {
            '^' => KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL),
            key => KeyEvent::new(code(key), KeyModifiers::NONE),
        };
        script.chars().flat_map(|key| self.tell(Message::Key(press(key)))).collect()
    }

    /// Click the first place where `text` stands.
    pub fn click(&mut self, text: &str) -> Vec<Effect> {
        let screen = self.text();
        let found = screen.lines().enumerate().find_map(|(row, line)| Some((row, line.split_once(text)?.0)));
        let (row, before) = found.unwrap_or_else(|| panic!("{text} is not on the screen:\n{screen}"));
        self.mouse(MouseEventKind::Down(MouseButton::Left), before.chars().count() as u16, row as u16)
    }

    pub fn mouse(&mut self, kind: MouseEventKind, column: u16, row: u16) -> Vec<Effect> {
        self.mouse_with(KeyModifiers::NONE, kind, column, row)
    }

    pub fn mouse_with(&mut self, modifiers: KeyModifiers, kind: MouseEventKind, column: u16, row: u16) -> Vec<Effect> {
        self.tell(Message::Mouse(MouseEvent { kind, column, row, modifiers }))
    }

    pub fn interrupt_key(&mut self) -> Vec<Effect> {
        self.tell(Message::Key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL)))
    }

    pub fn play(&mut self, run: &Script) {
        for event in &run.events {
            let effects = self.worker(WorkerMessage::Event { dir: run.dir.clone(), event: event.clone() });
            // What calls the person back is looked at where it is the point.
            assert!(effects.iter().all(|effect| matches!(effect, Effect::Call(_))), "{effects:?}");
        }
        if let Some(last) = run.events.last() {
            self.tell(Message::Clock(last.t));
        }
    }

    /// What stands on the screen, without trailing spaces.
    pub fn text(&mut self) -> String {
        let buffer = self.draw();
        let mut text = String::new();
        for y in 0..buffer.area.height {
            let row: String = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect();
            text += row.trim_end();
            text.push('\n');
        }
        text
    }

    pub fn draw(&mut self) -> Buffer {
        let state = &self.state;
        let Ok(frame) = self.terminal.draw(|frame| view(state, frame));
        frame.buffer.clone()
    }

    /// The screen with its colours, for a terminal.
    pub fn ansi(&mut self) -> String {
        let buffer = self.draw();
        let mut text = String::new();
        let color = |color: Color, ground: u8| match color {
            Color::Rgb(r, g, b) => format!("\u{1b}[{ground}8;2;{r};{g};{b}m"),
            _ => String::new(),
        };
        for y in 0..buffer.area.height {
            for x in 0..buffer.area.width {
                let cell = &buffer[(x, y)];
                let bold = if cell.modifier.contains(Modifier::BOLD) { "\u{1b}[1m" } else { "" };
                let _ = write!(text, "\u{1b}[0m{bold}{}{}{}", color(cell.fg, 3), color(cell.bg, 4), cell.symbol());
            }
            text.push_str("\u{1b}[0m\n");
        }
        text
    }
}

/// The runs that `effects` ask the worker for.
pub fn requests(effects: &[Effect]) -> Vec<&RunRequest> {
    effects.iter().filter_map(request).collect()
}

fn request(effect: &Effect) -> Option<&RunRequest> {
    match effect {
        Effect::Send(Command::Start(request)) => Some(request),
        Effect::Send(_)
        | Effect::Refresh
        | Effect::Open { .. }
        | Effect::Close { .. }
        | Effect::Annotate { .. }
        | Effect::Trash(_)
        | Effect::Restore(_)
        | Effect::MeasureTrash
        | Effect::EmptyTrash
        | Effect::Steer { .. }
        | Effect::ReadPredictions { .. }
        | Effect::Study(_)
        | Effect::Report(_)
        | Effect::Copy(_)
        | Effect::Mouse(_)
        | Effect::Call(_)
        | Effect::KeepView(_)
        | Effect::Suspend
        | Effect::TakeTerminal { .. }
        | Effect::Quit { .. } => None,
    }
}

/// A run as the watch tells of it.
pub fn listed(entry: &RunEntry) -> Listed {
    Listed {
        dir: entry.dir.clone(),
        name: entry.name.clone(),
        summary: Summary::of(&entry.history),
        notes: Notes::default(),
        interrupted: entry.interrupted,
    }
}

/// The events of one run.
#[derive(Clone)]
pub struct Script {
    pub dir: PathBuf,
    pub events: Vec<Envelope>,
    epochs: usize,
    mode: Mode,
    /// How much better than usual it is to turn out, about -1 to 1: seeds differ in it.
    pub luck: f64,
}

impl Script {
    pub fn new(name: &str, mode: Mode) -> Self {
        let mut script = Self { dir: PathBuf::from("runs").join(name), events: Vec::new(), epochs: 0, mode, luck: 0.0 };
        script.add(RunEvent::RunStarted(Box::new(RunStarted {
            mode,
            seed: 0,
            classes: CLASSES.map(str::to_owned).to_vec(),
            train_clips: 7907,
            val_clips: 739,
            test_clips: 3645,
            batch_size: 128,
            batches: BATCHES,
            epochs: 100,
            early_stop: 7,
            lr: 1e-4,
            parameters: 700_000,
            device: "flex cpu".to_owned(),
            data: "demo".to_owned(),
            fingerprint: "f00d".to_owned(),
            demo: true,
            version: "0.1.0".to_owned(),
            writer: Writer::default(),
            imported: None,
        })));
        script
    }

    pub fn started(&mut self) -> &mut RunStarted {
        match &mut self.events[0].event {
            RunEvent::RunStarted(started) => started,
            other => panic!("a run starts with its start, not {other:?}"),
        }
    }

    /// Shift the whole run to `seconds` after the first one.
    pub fn at(mut self, seconds: i64) -> Self {
        for event in &mut self.events {
            event.t += seconds * 1000;
        }
        self
    }

    pub fn add(&mut self, event: RunEvent) -> &mut Self {
        let seq = self.events.len() as u64;
        let t = START + i64::try_from(self.epochs).unwrap_or(0) * 600;
        self.events.push(Envelope { v: 1, seq, t, event });
        self
    }

    pub fn next(&mut self, event: RunEvent) -> WorkerMessage {
        self.add(event);
        WorkerMessage::Event { dir: self.dir.clone(), event: self.events[self.events.len() - 1].clone() }
    }

    /// `batches` steps of the epoch that is under way.
    pub fn steps(&mut self, batches: usize) -> &mut Self {
        let epoch = self.epochs + 1;
        let first = self.epochs * BATCHES;
        let losses = (first..first + batches).map(step_loss).collect();
        self.add(RunEvent::Steps { epoch, first: first as u64, losses })
    }

    pub fn epochs(&mut self, count: usize) -> &mut Self {
        for _ in 0..count {
            self.steps(BATCHES);
            self.epochs += 1;
            let epoch = self.epochs;
            let best = epoch <= 12;
            let luck = self.luck;
            let confusion = confusion(0.35 + 0.45 * (1.0 - (-(epoch as f64) / 3.0).exp()) + 0.03 * luck, 5);
            let val_loss = |epoch: f64| val_loss(epoch) - luck * (0.03 + 0.4 * (-epoch / 2.0).exp());
            self.add(RunEvent::EpochFinished(Box::new(EpochFinished {
                epoch,
                train_loss: train_loss(epoch as f64),
                val_loss: val_loss(epoch as f64),
                val: scores(&confusion, val_loss(epoch as f64) * 1.02),
                confusion,
                lr: 1e-4,
                bad_epochs: epoch.saturating_sub(12),
                seconds: 0.6,
                clips_per_second: 13_180.0,
            })));
            if best {
                self.add(RunEvent::Checkpointed { epoch, val_loss: val_loss(epoch as f64) });
            }
        }
        self
    }

    pub fn finish(&mut self, outcome: Outcome) -> &mut Self {
        let epochs = self.epochs;
        let (right, loss) = [(0.80, 0.581), (0.81, 0.535), (0.83, 0.495), (0.82, 0.498), (0.71, 0.788), (0.65, 0.934)]
            [self.mode.index()];
        let (right, loss) = (right + 0.02 * self.luck, loss - 0.03 * self.luck);
        let matrix = confusion(right, 1);
        let result = SplitResult { loss, scores: scores(&matrix, loss), confusion: matrix };
        self.add(RunEvent::Finished(Box::new(Finished {
            outcome,
            epochs,
            best_epoch: Some(epochs.min(12)),
            val: None,
            test: Some(result),
            seconds: epochs as f64 * 0.6,
        })))
    }

    /// The run as a scan of the folder finds it.
    pub fn entry(&self) -> RunEntry {
        RunEntry {
            name: self.dir.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            dir: self.dir.clone(),
            history: History::from_events(&self.events),
            config: None,
            interrupted: false,
        }
    }
}

/// Runs in a folder, a minute apart: mode, seed, luck, epochs.
pub fn entries(runs: &[(Mode, u64, f64, usize)]) -> Vec<RunEntry> {
    let entry = |(at, &(mode, seed, luck, epochs)): (usize, &(Mode, u64, f64, usize))| {
        let mut run = Script::new(&format!("{mode}-s{seed}-{at:02}"), mode);
        (run.started().seed, run.luck) = (seed, luck);
        run.epochs(epochs).finish(Outcome::EarlyStopped);
        let mut entry = run.at(60 * at as i64).entry();
        let mut config = Config::default();
        (config.model.mode, config.train.seed) = (mode, seed);
        entry.config = Some(Box::new(config));
        entry
    };
    runs.iter().enumerate().map(entry).collect()
}

fn train_loss(epoch: f64) -> f64 {
    1.75 * (-epoch / 2.2).exp() + 0.9 / (1.0 + epoch)
}

fn val_loss(epoch: f64) -> f64 {
    1.3 * (-epoch / 2.0).exp() + 0.47 + (epoch - 12.0).max(0.0) * 0.011
}

/// A noisy curve without a random number generator: the golden ratio's multiples are spread evenly.
fn step_loss(step: usize) -> f32 {
    let noise = (step as f64 * 0.618_033_988_75).fract() - 0.5;
    let at = (step as f64 + 1.0) / BATCHES as f64;
    let smooth = 1.75 * (-(at + 0.3) / 2.2).exp() + 0.9 / (1.3 + at);
    (smooth * (1.0 + 0.35 * noise)) as f32
}

fn scores(confusion: &Confusion, log_loss: f64) -> Scores {
    Scores { accuracy: confusion.accuracy(), log_loss, macro_f1: confusion.macro_average().f1 }
}

/// About `right` of the clips on the diagonal, the rest where such classes are really confused.
fn confusion(right: f64, divisor: u64) -> Confusion {
    let alike =
        [&[6, 5, 3][..], &[9, 2], &[9, 3, 1], &[2, 6, 0], &[5, 7], &[7, 4, 8], &[0, 3], &[5, 6, 8], &[7, 5], &[2, 1]];
    let mut matrix = Confusion::new(10);
    for (truth, support) in SUPPORT.iter().enumerate() {
        let clips = support / divisor;
        let ease = [-0.11, 0.07, 0.0, 0.04, 0.09, -0.08, 0.03, -0.05, 0.08, -0.03][truth];
        let hits = ((right + ease) * clips as f64) as u64;
        for clip in 0..clips {
            let wrong = alike[truth][(clip as usize * clip as usize / 3) % alike[truth].len()];
            matrix.add(truth, if clip < hits { truth } else { wrong });
        }
    }
    matrix
}

/// A dashboard in the midst of a run: 14 epochs and a part of the next one.
pub fn training(width: u16, height: u16) -> (Dashboard, Script) {
    training_in(Dashboard::new(width, height))
}

/// The same in a dashboard that nothing has happened in yet.
pub fn training_in(mut dashboard: Dashboard) -> (Dashboard, Script) {
    let mut run = Script::new("20260101-000000-late-s0", Mode::Late);
    dashboard.keys("⏎");
    run.epochs(14).steps(40);
    dashboard.play(&run);
    dashboard.progress(Progress::Training {
        epoch: 15,
        epochs: 100,
        batch: 40,
        batches: BATCHES,
        clips_per_second: 13_180.0,
    });
    (dashboard, run)
}

/// The same run, ended.
pub fn finished(width: u16, height: u16) -> (Dashboard, Script) {
    let mut dashboard = Dashboard::new(width, height);
    let mut run = Script::new("20260101-000000-late-s0", Mode::Late);
    dashboard.keys("⏎");
    run.epochs(19).finish(Outcome::EarlyStopped);
    dashboard.play(&run);
    dashboard.worker(WorkerMessage::Idle);
    (dashboard, run)
}

/// What is asked of the run in `dir`.
pub fn steer(dir: &Path, what: Steer) -> Effect {
    Effect::Send(Command::Steer { dir: dir.to_owned(), what })
}
