//! Bringing predictions into another's order.

use std::collections::HashMap;

use anyhow::{Context as _, Result, bail, ensure};

use super::Predictions;

/// `file` with its clips and classes in the order of `first`.
pub fn like(mut file: Predictions, first: &Predictions) -> Result<Predictions> {
    let (ours, theirs) = (&file.name, &first.name);
    ensure!(
        file.classes.len() == first.classes.len(),
        "{ours} has {} classes and {theirs} {}",
        file.classes.len(),
        first.classes.len()
    );
    // Where each of the first's columns stands in the file.
    let columns = first
        .classes
        .iter()
        .map(|class| file.class(class).with_context(|| format!("{theirs} has the class {class:?}, {ours} has not")));
    let columns: Vec<usize> = columns.collect::<Result<_>>()?;
    let rows = rows(&file, first)?;

    let classes = file.classes.len();
    let mut new_place = vec![0; classes];
    for (new, &old) in columns.iter().enumerate() {
        if let Some(place) = new_place.get_mut(old) {
            *place = new;
        }
    }
    let renumbered = |old: &[usize]| -> Vec<usize> {
        rows.iter().filter_map(|&row| new_place.get(*old.get(row)?).copied()).collect()
    };
    let predictions = renumbered(&file.predictions);
    let truth = file.truth.as_ref().map(|(labels, source)| (renumbered(labels), source.clone()));
    let cells = rows.iter().flat_map(|&row| columns.iter().map(move |&column| row * classes + column));
    let probabilities = cells.filter_map(|cell| file.probabilities.get(cell).copied()).collect();
    file.ids.clone_from(&first.ids);
    file.classes.clone_from(&first.classes);
    Ok(Predictions { predictions, probabilities, truth, ..file })
}

/// Where each of the first's clips stands in the file. Segments that share a clip's id are told apart
/// by their order.
fn rows(file: &Predictions, first: &Predictions) -> Result<Vec<usize>> {
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for (row, id) in file.ids.iter().enumerate().rev() {
        places.entry(id).or_default().push(row);
    }
    let mut taken = Vec::with_capacity(file.ids.len());
    for id in &first.ids {
        match places.get_mut(id.as_str()).and_then(Vec::pop) {
            Some(row) => taken.push(row),
            None => bail!("{} and {} are not of the same clips: the latter lacks {id:?}", first.name, file.name),
        }
    }
    let extra = places.into_iter().find(|(_, rows)| !rows.is_empty());
    match extra {
        Some((id, _)) => bail!("{} and {} are not of the same clips: the former lacks {id:?}", first.name, file.name),
        None => Ok(taken),
    }
}
