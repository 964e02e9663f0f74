//! The composition root of the dashboard: terminal, worker and state wired together, and the effects
//! that [`tui::update`] asks for, performed.

pub mod abilities;
mod backend;
mod call;
mod capture;
mod clips;
mod gpu;
mod input;
mod library;
mod line;
pub mod output_log;
mod pace;
mod retry;
mod screen;
pub mod signals;
mod studies;
mod train_logs;
mod usage;
mod view_file;

use std::{
    io, panic,
    path::PathBuf,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use crossbeam_channel::{Receiver, Select, Sender, unbounded};
use jiff::Timestamp;

use crate::{
    config::Config,
    device,
    protocol::Command,
    report, runs,
    study::{Folder, Plan},
    train::{self, Worker},
    tui::{self, Effect, Message, Predicted, Remembered, State, StudyNews, StudyRequest},
};
use output_log::OutputLog;
use pace::Pace;
use screen::Screen;
use train_logs::TrainLogs;
use usage::Meter;

/// While something moves, progress is looked at and the clock is told so often.
const FRAME: Duration = Duration::from_millis(50);
/// While another process may be training, the clock is told so often.
const SECOND: Duration = Duration::from_secs(1);

/// What the dashboard is opened on.
#[derive(Debug)]
pub enum Subject {
    /// The runs folder of the settings.
    Runs,
    /// The same, and the Study screen shows this study at first.
    Study(Box<(Folder, Plan)>),
    /// Folders of runs, or runs, that are looked at and steered, while nothing is trained here.
    Watched(Vec<PathBuf>),
}

/// Open the dashboard and stay until the person leaves it.
///
/// # Errors
/// If there is no terminal, or it cannot be drawn on.
pub fn run(mut config: Config, subject: Subject) -> Result<()> {
    config.ui = abilities::settle(&config.ui, |name| std::env::var(name).ok());
    let runs_dir = PathBuf::from(&config.runs.dir);
    let signals = signals::interactive()?;
    let worker = train::spawn()?;
    let (sender, inbox) = unbounded();
    let mut screen = Screen::open(sender.clone(), keep_output(&config.data.cache_dir, &sender))?;
    if config.ui.mouse {
        screen.mouse(true).context("preparing the terminal")?;
    }
    if let Some((columns, rows)) = abilities::size() {
        let _ = sender.send(Message::Resize(columns, rows));
    }
    input::listen(sender.clone())?;
    let gpu = gpu::Watch::start(sender.clone());
    let now = Timestamp::now().as_millisecond();
    let logs = TrainLogs::new(config.clone());
    let pace = Pace::new(config.ui.bytes_per_second);
    let own = || (runs::Watch::new(&runs_dir), vec![runs_dir.clone()]);
    let ((watch, folders), study, state) = match subject {
        Subject::Runs => (own(), None, State::new(config, now)),
        Subject::Study(study) => (own(), Some(*study), State::new(config, now)),
        Subject::Watched(dirs) => ((runs::Watch::over(dirs.clone()), dirs), None, State::watching(config, now)),
    };
    let first = folders.first().cloned().unwrap_or_default();
    let given = study.as_ref().map(|(folder, _)| folder.path().to_owned());
    let studies = studies::start(folders, study, sender.clone()).context("following studies")?;
    let _ = sender.send(library::deletions(&first));
    let library = library::start(watch, logs, sender.clone(), studies.clone()).context("watching the runs folder")?;
    let mut app = App {
        pace,
        hurried: true,
        view_file: view_file::path(&first),
        keeping: None,
        first,
        state,
        worker,
        signals,
        sender,
        inbox,
        runs_dir,
        library,
        studies,
        meter: Meter::new(),
        gpu,
    };
    let view = app.view_file.as_deref().and_then(view_file::read);
    let recall = view.map(|view| Message::Recall(Box::new(view)));
    for message in recall.into_iter().chain(given.map(|folder| Message::Study(StudyNews::Choose(folder)))) {
        for effect in tui::update(&mut app.state, message) {
            app.perform(effect, &mut screen);
        }
    }
    app.list_devices();
    let left = app.follow(&mut screen);
    let heard = screen.close();
    let say = |to: &mut dyn io::Write, text: &str| {
        if heard {
            say(to, text);
        }
    };
    app.settle_view();
    if let Some(path) = &app.view_file
        && let Err(error) = view_file::write(path, &app.first, app.state.remembered())
    {
        say(&mut io::stderr(), &format!("{error:#}\n"));
    }
    // The run's saved state is whole at any moment; what is lost is the epoch that was under way.
    if let Ok(Leave::AtOnce) = left {
        say(&mut io::stdout(), &tui::farewell(&app.state));
        std::process::exit(130);
    }
    // Also where the terminal is gone because the line dropped: the live run stops and keeps its best.
    let _ = app.worker.commands.send(Command::Shutdown);
    let last = app.worker.messages.clone();
    app.worker.join();
    for message in last.try_iter() {
        tui::update(&mut app.state, Message::Worker(message));
    }
    say(&mut io::stdout(), &tui::farewell(&app.state));
    left.map(|_| ())
}

/// Print to a terminal that may be gone.
fn say(to: &mut dyn io::Write, text: &str) {
    let _ = to.write_all(text.as_bytes()).and_then(|()| to.flush());
}

/// The file for what libraries print. Without one the dashboard goes on, and says so.
fn keep_output(cache_dir: &str, sender: &Sender<Message>) -> Option<OutputLog> {
    let opened = output_log::path(cache_dir)
        .and_then(|path| OutputLog::open(&path).map_err(|error| format!("opening {}: {error}", path.display())));
    let (log, message) = match opened {
        Ok(log) => {
            let path = log.path().display().to_string();
            (Some(log), Message::OutputLog(path))
        }
        Err(error) => (None, Message::Problem(format!("what libraries print is not kept in a file: {error}"))),
    };
    let _ = sender.send(message);
    log
}

struct App {
    state: State,
    worker: Worker,
    signals: Receiver<i32>,
    /// For the threads that watch the keyboard, native output and the runs folder.
    sender: Sender<Message>,
    inbox: Receiver<Message>,
    runs_dir: PathBuf,
    library: Sender<library::Request>,
    studies: Sender<studies::Request>,
    meter: Meter,
    gpu: gpu::Watch,
    pace: Pace,
    /// The folder that the view is of, the file that keeps it, and the thread that writes it.
    first: PathBuf,
    view_file: Option<PathBuf>,
    keeping: Option<JoinHandle<()>>,
    /// What has changed since the last frame is not only what goes on by itself.
    hurried: bool,
}

#[derive(Clone, Copy)]
enum Leave {
    Gracefully,
    AtOnce,
}

impl App {
    /// Drain everything that has arrived, then draw once, and only if something changed. What a person
    /// did is seen at once, what training tells when the line has room for it.
    fn follow(&mut self, screen: &mut Screen) -> Result<Leave> {
        loop {
            if self.state.needs_redraw() && screen.is_free() && (self.hurried || self.pace.wait().is_zero()) {
                let began = Instant::now();
                let bytes = screen.draw(|frame| tui::view(&self.state, frame)).context("drawing on the terminal")?;
                self.state.drawn();
                self.hurried = false;
                self.pace.sent(bytes);
                self.meter.drew(began.elapsed());
            }
            self.gpu.look_at(self.state.live_device());
            self.wait(screen);
            for message in self.arrived() {
                self.hurried |= !message.is_telemetry();
                if matches!(message, Message::Resize(..)) {
                    screen.forget().context("drawing on the terminal")?;
                }
                for effect in tui::update(&mut self.state, message) {
                    if let Some(leave) = self.perform(effect, screen) {
                        return Ok(leave);
                    }
                }
            }
        }
    }

    /// Sleep until there is something to do. An idle dashboard sleeps until a key is pressed.
    fn wait(&self, screen: &Screen) {
        // What it tells is seen when the next frame is drawn.
        let _ = screen.freed().try_recv();
        let mut select = Select::new();
        select.recv(screen.freed());
        select.recv(&self.inbox);
        select.recv(&self.worker.messages);
        select.recv(&self.signals);
        let drawing = (self.state.needs_redraw() && screen.is_free()).then(|| self.pace.wait());
        let moving = self.state.animates().then_some(FRAME);
        let waiting = (self.state.waits_for_others() || self.state.has_unkept_view()).then_some(SECOND);
        let _ = match [drawing, moving, waiting].into_iter().flatten().min() {
            Some(longest) => select.ready_timeout(longest),
            None => Ok(select.ready()),
        };
    }

    fn arrived(&mut self) -> Vec<Message> {
        let mut messages = vec![Message::Clock(Timestamp::now().as_millisecond())];
        messages.extend(self.signals.try_iter().map(signals::message));
        messages.extend(self.inbox.try_iter());
        messages.extend(self.worker.messages.try_iter().map(Message::Worker));
        messages.extend(self.worker.progress.try_iter().map(Message::Progress));
        if self.state.is_busy() {
            messages.extend(self.meter.measure().map(Message::Usage));
        } else {
            self.meter.rest();
        }
        messages
    }

    fn perform(&mut self, effect: Effect, screen: &mut Screen) -> Option<Leave> {
        match effect {
            Effect::Send(command) => {
                // A worker that is gone has said so in its last message.
                let _ = self.worker.commands.send(command);
                None
            }
            Effect::Steer { dir, what, seen } => {
                self.ask(library::Request::Steer { dir, what, seen });
                None
            }
            Effect::Refresh => {
                self.ask(library::Request::Look);
                None
            }
            Effect::Open { dir } => {
                self.ask(library::Request::Open(dir));
                None
            }
            Effect::Close { dir } => {
                self.ask(library::Request::Close(dir));
                None
            }
            Effect::Annotate { dir, notes } => {
                self.ask(library::Request::Annotate(dir, notes));
                None
            }
            Effect::Trash(dirs) => {
                self.ask(library::Request::Trash(dirs));
                None
            }
            Effect::Restore(moved) => {
                self.ask(library::Request::Restore(moved));
                None
            }
            Effect::MeasureTrash => {
                self.ask(library::Request::MeasureTrash(self.first.clone()));
                None
            }
            Effect::EmptyTrash => {
                self.ask(library::Request::EmptyTrash(self.first.clone()));
                None
            }
            Effect::ReadPredictions { dir, of, classes } => {
                self.read_predictions(dir, of, classes);
                None
            }
            Effect::Study(request) => {
                self.study(request);
                None
            }
            Effect::Report(runs) => {
                self.report(runs);
                None
            }
            // A terminal that cannot be written to says so with the next frame.
            Effect::Copy(text) => {
                let _ = screen.copy(&text);
                None
            }
            Effect::Mouse(take) => {
                let _ = screen.mouse(take);
                None
            }
            Effect::Call(wanted) => {
                let _ = screen.call(wanted.bell, wanted.desktop.as_deref());
                if let Some(program) = wanted.program {
                    call::run(program, &self.sender);
                }
                None
            }
            Effect::KeepView(view) => {
                self.keep_view(*view);
                None
            }
            Effect::Suspend => {
                match screen.suspend() {
                    Ok(true) => {}
                    Ok(false) => self.tell("there is no shell to go back to that could go on with this".to_owned()),
                    Err(error) => {
                        self.tell(format!("stopping: {error}"));
                        let _ = self.sender.send(Message::Continued);
                    }
                }
                None
            }
            Effect::TakeTerminal { mouse } => {
                if let Err(error) = screen.take_again(mouse) {
                    self.tell(format!("taking the terminal over again: {error}"));
                }
                None
            }
            Effect::Quit { at_once: false } => Some(Leave::Gracefully),
            Effect::Quit { at_once: true } => Some(Leave::AtOnce),
        }
    }

    fn study(&self, request: StudyRequest) {
        // Its runs are told of once it is open, and as long as somebody looks.
        let tells = match &request {
            StudyRequest::Open(_) => Some(true),
            StudyRequest::Watch(watched) => Some(*watched),
            StudyRequest::Find | StudyRequest::Stop(_) | StudyRequest::StopAll | StudyRequest::Retry(_) => None,
        };
        if self.studies.send(studies::Request::Asked(request)).is_err() {
            let text = "studies are not followed any more; leave and start the program again";
            let _ = self.sender.send(Message::Problem(text.to_owned()));
        }
        if let Some(tells) = tells {
            self.ask(library::Request::Tell(tells));
        }
    }

    /// Keep the view, on a thread of its own: the home folder may be far away.
    fn keep_view(&mut self, view: Remembered) {
        let Some(path) = self.view_file.clone() else { return };
        let folder = self.first.clone();
        self.settle_view();
        // On leaving it is tried again, and what goes wrong is told.
        let keep = move || drop(view_file::write(&path, &folder, view));
        self.keeping = thread::Builder::new().name("view".to_owned()).spawn(keep).ok();
    }

    /// Wait until the view is kept, so that what is newer stays.
    fn settle_view(&mut self) {
        if let Some(keeping) = self.keeping.take() {
            let _ = keeping.join();
        }
    }

    fn tell(&self, problem: String) {
        let _ = self.sender.send(Message::Problem(problem));
    }

    /// Look for devices on a thread of its own: a GPU's driver may take a second to answer.
    fn list_devices(&self) {
        let sender = self.sender.clone();
        let list = move || {
            let keys = device::available().into_iter().map(|found| found.key).collect();
            let _ = sender.send(Message::Devices(keys));
        };
        if let Err(error) = thread::Builder::new().name("devices".to_owned()).spawn(list) {
            let _ = self.sender.send(Message::Problem(format!("looking for devices: {error}")));
        }
    }

    /// Read a run's predictions on a thread of its own.
    fn read_predictions(&self, dir: PathBuf, of: Predicted, classes: Vec<String>) {
        let sender = self.sender.clone();
        let read = move || {
            let run = runs::RunDir::at(&dir);
            let path = match of {
                Predicted::Test => run.predictions(),
                Predicted::Val(_) => run.val_predictions(),
            };
            let clips = if of != Predicted::Test && !path.exists() {
                Err("this run kept no clips of its validation".to_owned())
            } else {
                clips::read(&path, &classes).map_err(|error| format!("{error:#}"))
            };
            let _ = sender.send(Message::Predictions { dir, of, clips });
        };
        if let Err(error) = thread::Builder::new().name("predictions".to_owned()).spawn(read) {
            let _ = self.sender.send(Message::Problem(format!("reading predictions: {error}")));
        }
    }

    /// Write a report of the runs in `dirs` below the runs folder, on a thread of its own: figures take
    /// a moment.
    fn report(&self, dirs: Vec<PathBuf>) {
        let (folder, sender) = (self.runs_dir.join("reports"), self.sender.clone());
        let write = move || {
            let out = folder.join(Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string());
            // A panic must not leave the dashboard waiting for its report.
            let written = panic::catch_unwind(|| -> Result<()> {
                let (runs, _) = report::collect(&folder, &dirs)?;
                report::write(runs, &out, &report::Options::default())
            });
            let answer = match written {
                Ok(Ok(())) => Ok(out.join("report.html")),
                Ok(Err(error)) => Err(format!("{error:#}")),
                Err(_) => Err("writing the report failed by a fault of the program".to_owned()),
            };
            let _ = sender.send(Message::Reported(answer));
        };
        if let Err(error) = thread::Builder::new().name("report".to_owned()).spawn(write) {
            let _ = self.sender.send(Message::Reported(Err(format!("writing the report: {error}"))));
        }
    }

    /// Ask the thread of the runs folder.
    fn ask(&self, request: library::Request) {
        if self.library.send(request).is_err() {
            let text = "the runs folder is not looked at any more; leave and start the program again";
            let _ = self.sender.send(Message::Problem(text.to_owned()));
        }
    }
}
