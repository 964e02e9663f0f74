//! A Python to check our files with, where there is one.

use std::{env, path::Path, process::Command};

/// Python with the module `name`: the one that `AVSC_PYTHON` names, or `python3`, with the project's
/// own libtorch where it was fetched as a wheel. Without one this says so, and the test is to pass.
pub fn python(name: &str) -> Option<Command> {
    let python = || {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut command = Command::new(env::var_os("AVSC_PYTHON").unwrap_or_else(|| "python3".into()));
        command.current_dir(root).env("PYTHONDONTWRITEBYTECODE", "1");
        let wheel = root.join(".tools/libtorch");
        if env::var_os("AVSC_PYTHON").is_none() && wheel.is_dir() {
            command.env("PYTHONPATH", wheel);
        }
        command
    };
    let there = python().args(["-c", &format!("import {name}")]).output().is_ok_and(|output| output.status.success());
    if !there {
        println!("skipped: no Python with {name}; set AVSC_PYTHON");
    }
    there.then(python)
}
