//! What the documentation names is there.

#![allow(clippy::unwrap_used, reason = "a helper fails its test by panicking")]

use std::{
    fs,
    path::{Path, PathBuf},
};

#[test]
fn every_test_and_benchmark_that_the_table_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources: String = ["src", "tests"].iter().flat_map(|folder| sources(&root.join(folder))).collect();
    let table = fs::read_to_string(root.join("docs/robustness.md")).unwrap();
    let proofs = table.lines().filter(|line| line.starts_with("| ")).filter_map(|line| line.rsplit(" | ").next());
    let names: Vec<&str> = proofs.flat_map(|proofs| proofs.split('`').skip(1).step_by(2)).collect();
    assert!(names.len() > 40, "{names:?}");
    let missing = names.iter().filter(|name| {
        if name.contains('/') { !root.join(name).is_file() } else { !sources.contains(&format!("fn {name}()")) }
    });
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<&&str>::new());
}

#[test]
fn every_picture_and_page_that_the_readme_links_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let links = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let missing: Vec<&str> = links.filter(|link| !link.contains("://") && !root.join(link).exists()).collect();
    assert_eq!(missing, [""; 0]);
}

fn sources(folder: &Path) -> Vec<String> {
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    let mut texts = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                texts.push(fs::read_to_string(path).unwrap());
            }
        }
    }
    texts
}
