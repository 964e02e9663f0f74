//! Calling the person back with a program of theirs.

use std::{
    process::{Command, Stdio},
    thread,
};

use crossbeam_channel::Sender;

use crate::tui::{Message, Program};

/// Run `program` beside the dashboard. What it prints goes to the Log screen; what goes wrong is told.
pub fn run(program: Program, messages: &Sender<Message>) {
    let told = messages.clone();
    let call = move || {
        if let Err(problem) = finish(&program) {
            let _ = told.send(Message::Problem(format!("the command of [notify]: {problem}")));
        }
    };
    if let Err(error) = thread::Builder::new().name("notify".to_owned()).spawn(call) {
        let _ = messages.send(Message::Problem(format!("the command of [notify]: {error}")));
    }
}

fn finish(program: &Program) -> Result<(), String> {
    let (name, arguments) = program.words.split_first().ok_or("it is empty")?;
    // The words are the program's arguments as they are: no shell reads them, or the facts.
    let mut command = Command::new(name);
    command.args(arguments).envs(program.facts.iter().map(|(name, value)| (name, value))).stdin(Stdio::null());
    let status = command.status().map_err(|error| format!("starting {name}: {error}; check the program's name"))?;
    if status.success() { Ok(()) } else { Err(format!("{name} ended with {status}")) }
}
