//! The program's layers: arrows point down only, and each big library has its place.
//!
//! The sources are read as text, token by token, comments and strings left out; `#[cfg(test)]` modules
//! count like the rest.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

#[path = "layers/tokens.rs"]
mod tokens;

use tokens::{Token, tokens};

/// Layer, module, and what it may use.
const LAYERS: [(u8, &str, &[&str]); 15] = [
    (0, "config", &[]),
    (0, "metrics", &["config"]),
    (1, "protocol", &["config", "metrics"]),
    (1, "data", &["config", "metrics"]),
    (1, "device", &["config"]),
    (2, "model", &["config"]),
    (2, "runs", &["config", "metrics", "protocol"]),
    (3, "exchange", &["config", "device", "metrics", "model", "protocol", "runs"]),
    (3, "report", &["config", "metrics", "protocol", "runs"]),
    (3, "study", &["config", "protocol", "runs"]),
    (3, "train", &["config", "data", "device", "exchange", "metrics", "model", "protocol", "runs"]),
    (4, "tui", &["config", "metrics", "protocol", "runs"]),
    (5, "cli", EVERYTHING),
    (5, "app", EVERYTHING),
    (5, "main", EVERYTHING),
];

const EVERYTHING: &[&str] = &[
    "config", "metrics", "protocol", "data", "device", "model", "runs", "exchange", "report", "study", "train", "tui",
    "cli", "app",
];

/// Arrows within a layer, each with its reason.
const SIDEWAYS: [(&str, &str, &str); 2] = [
    ("metrics", "config", "a log loss that is not a number needs `config::number` in JSON"),
    ("train", "exchange", "a checkpoint of another program is scored as our own are"),
];

/// A library, and the modules that may name it.
const FENCES: [(&str, &[&str]); 7] = [
    ("burn", &["device", "model", "train"]),
    ("tch", &["device"]),
    ("hdf5", &["data"]),
    ("plotters", &["report"]),
    ("png", &["exchange", "report"]),
    ("ratatui", &["tui", "app"]),
    ("crossterm", &["tui", "app"]),
];

#[test]
fn no_arrow_runs_up_and_no_library_leaves_its_place() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = sources(&root).unwrap();
    files.sort();
    assert!(files.len() > 10, "the sources are not below {}", root.display());
    let mut found = Vec::new();
    for file in files {
        let source = fs::read_to_string(&file).unwrap();
        found.extend(offences(file.strip_prefix(&root).unwrap(), &source));
    }
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn the_table_itself_points_down() {
    let layer = |name: &str| LAYERS.iter().find(|(_, module, _)| *module == name).map(|(layer, ..)| *layer);
    for (from, module, uses) in LAYERS {
        for used in uses {
            let to = layer(used).unwrap_or_else(|| panic!("{module} may use {used}, which is no module"));
            let sideways = from == 5 || SIDEWAYS.iter().any(|(a, b, _)| (*a, *b) == (module, *used));
            assert!(to < from || (to == from && sideways), "{module} -> {used} does not point down");
        }
    }
}

#[test]
fn offences_are_found() {
    let cases = [
        ("up", "data.rs", "use crate::train::Worker;", "`data` uses `train`"),
        ("up, from a file of the module", "data/cache.rs", "fn f() { crate::tui::draw() }", "`data` uses `tui`"),
        (
            "within a group",
            "tui.rs",
            "use crate::{\n config::{Config, Mode},\n model::Fusion,\n};",
            "`tui` uses `model`",
        ),
        ("after a nested group", "runs.rs", "use crate::{config::{a, b::{c, d}}, train};", "`runs` uses `train`"),
        ("by the crate's own name", "runs.rs", "use avsc_tui::tui;", "`runs` uses `tui`"),
        ("by way of super", "runs.rs", "use super::tui;", "`runs` uses `tui`"),
        ("by way of two supers", "runs/log.rs", "use super::super::tui;", "`runs` uses `tui`"),
        ("in an attribute's string", "protocol.rs", "#[serde(with = \"crate::runs::x\")]", "`protocol` uses `runs`"),
        ("everything at once", "tui.rs", "use crate::*;", "`tui` uses `*`"),
        ("in tests", "config.rs", "#[cfg(test)] mod tests { use crate::data; }", "`config` uses `data`"),
        ("burn in the dashboard", "tui/charts.rs", "use burn::tensor::Tensor;", "`burn` in `tui`"),
        ("one of burn's crates", "runs.rs", "use burn_tch::TchTensor;", "`burn_tch` in `runs`"),
        ("libtorch in the trainer", "train.rs", "tch::set_num_threads(2);", "`tch` in `train`"),
        ("ratatui in the worker", "train.rs", "let x: ratatui::Frame;", "`ratatui` in `train`"),
        ("crossterm in main", "main.rs", "use crossterm::event;", "`crossterm` in `main`"),
        ("hdf5 outside data", "cli.rs", "let f = hdf5_metno::File::open(p);", "`hdf5_metno` in `cli`"),
        ("a module that has no layer", "utils.rs", "", "`utils` has no layer"),
        ("a lifetime does not hide the rest", "data.rs", "fn f<'a>(x: &'a str) { crate::tui::y(x, 'b') }", "`tui`"),
        ("a quote in a character neither", "data.rs", r#"let q = ['"', '\'']; use crate::tui; let s = "";"#, "`tui`"),
    ];
    for (reason, file, source, expected) in cases {
        let found = offences(Path::new(file), source);
        assert!(found.len() == 1 && found[0].contains(expected), "{reason}: {found:?}");
    }
}

#[test]
fn what_is_allowed_is_not_an_offence() {
    let cases = [
        ("down", "train.rs", "use crate::{config::Config, data, model::Fusion}; use burn::prelude::*;"),
        ("into itself", "runs/log.rs", "use crate::runs::History; use super::writer; use super::super::runs;"),
        ("a child that bears a module's name", "tui/train.rs", "use super::config;"),
        ("in comments", "data.rs", "// crate::tui\n/* /* crate::tui */ burn:: */ //! [`crate::train`]"),
        ("in strings", "cli.rs", r##"print("crossterm::x burn"); r#"a " hdf5::b"#; b"burn";"##),
        ("a name that begins alike", "runs.rs", "let burn_in = 3; let hdf5_files = burned(burn_in);"),
        ("the composition root", "main.rs", "use avsc_tui::{app, cli::Arguments};"),
    ];
    for (reason, file, source) in cases {
        assert_eq!(offences(Path::new(file), source), [""; 0], "{reason}");
    }
}

/// Every `.rs` file below `folder`.
fn sources(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(sources(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(files)
}

/// What is wrong with a source file; `file` is its path below `src/`.
fn offences(file: &Path, source: &str) -> Vec<String> {
    let parts: Vec<_> = file.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let module = parts[0].as_str();
    // The crate's root names every module and belongs to no layer.
    let uses = match (module, LAYERS.iter().find(|(_, name, _)| *name == module)) {
        ("lib", _) => EVERYTHING,
        (_, Some((_, _, uses))) => uses,
        (_, None) => return vec![format!("src/{}: `{module}` has no layer; add it to LAYERS", file.display())],
    };
    let depth = if matches!(module, "lib" | "main") { 0 } else { parts.len() };
    let tokens = tokens(source);
    let mut found = Vec::new();
    for (line, used) in references(&tokens, depth) {
        if used != module && !uses.contains(&used) {
            let allowed = if uses.is_empty() { "nothing".to_owned() } else { uses.join(", ") };
            found.push(format!("src/{}:{line}: `{module}` uses `{used}`; it may use {allowed}", file.display()));
        }
    }
    for (at, token) in tokens.iter().enumerate() {
        let is_path = tokens.get(at + 1).is_some_and(|next| next.text == "::");
        for (library, places) in FENCES {
            let named = token.text == library || (is_path && token.text.starts_with(&format!("{library}_")));
            if named && !places.contains(&module) {
                let (line, name, places) = (token.line, &token.text, places.join(", "));
                found.push(format!("src/{}:{line}: `{name}` in `{module}`; its place is {places}", file.display()));
            }
        }
    }
    found
}

/// The modules that paths from the crate's root lead to, each with its line.
fn references(tokens: &[Token], depth: usize) -> Vec<(usize, &str)> {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let start = at;
        if matches!(text(at), "crate" | "avsc_tui") && text(at + 1) == "::" {
            found.extend(heads(tokens, at + 2));
        }
        while text(at) == "super" && text(at + 1) == "::" {
            at += 2;
        }
        let supers = (at - start) / 2;
        if supers > 0 && supers >= depth {
            // An inline module is one step deeper, so only the names of modules are taken for such.
            let known = |name: &str| LAYERS.iter().any(|(_, module, _)| *module == name);
            found.extend(heads(tokens, at).into_iter().filter(|(_, name)| known(name)));
        }
        at = at.max(start + 1);
    }
    found
}

/// The first names of the path, or of the group of paths, that starts at `at`.
fn heads(tokens: &[Token], at: usize) -> Vec<(usize, &str)> {
    let Some(first) = tokens.get(at) else { return Vec::new() };
    if first.text != "{" {
        return vec![(first.line, first.text.as_str())];
    }
    let mut found = Vec::new();
    let mut braces = 0;
    for pair in tokens[at..].windows(2) {
        match pair[0].text.as_str() {
            "{" => braces += 1,
            "}" => braces -= 1,
            _ => {}
        }
        if braces == 0 {
            break;
        }
        if braces == 1 && matches!(pair[0].text.as_str(), "{" | ",") && pair[1].text != "}" {
            found.push((pair[1].line, pair[1].text.as_str()));
        }
    }
    found
}
