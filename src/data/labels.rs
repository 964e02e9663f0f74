//! Labels and class names: from the first component of a dataset's path, cross-checked with the
//! class name that a clip's id begins with (`<class>-<city>-<location>-<segment>`).

use std::collections::{BTreeMap, BTreeSet};

use super::{DataError, DataFiles, SplitName, assemble::RawSplit};
use crate::metrics::clip_id::class_prefix;

/// More classes than this are taken for damage.
const MOST_CLASSES: usize = 1000;

/// The labels of a set, resolved.
#[derive(Debug)]
pub struct Labels {
    pub classes: Vec<String>,
    /// Class numbers of the clips, one list a split.
    pub numbers: Vec<Vec<usize>>,
    pub notes: Vec<String>,
    pub problems: Vec<DataError>,
}

/// Turn the label names of all splits into class numbers. Their range follows from the training
/// split, if that could be read whole.
///
/// # Errors
/// If the labels as a whole make no sense; problems of single clips are in the result.
pub fn resolve(
    files: &DataFiles,
    splits: &[RawSplit],
    configured: &[String],
    train_is_whole: bool,
) -> Result<Labels, DataError> {
    let names: BTreeSet<&str> = splits.iter().flat_map(|split| &split.names).map(String::as_str).collect();
    let numbered: Vec<Option<usize>> = names.iter().map(|name| name.parse().ok()).collect();
    let numbers: BTreeMap<&str, usize> = if numbered.iter().all(Option::is_some) {
        names.iter().copied().zip(numbered.into_iter().flatten()).collect()
    } else {
        number_by_name(&names, configured)?
    };
    let trained: BTreeSet<usize> = splits
        .first()
        .into_iter()
        .flat_map(|split| &split.names)
        .filter_map(|name| numbers.get(name.as_str()).copied())
        .collect();
    let classes = if configured.is_empty() { trained.len() } else { configured.len() };
    if classes > MOST_CLASSES {
        let problem = format!("the set has {classes} classes, {MOST_CLASSES} at most are read");
        return Err(DataError::set(problem, "check the first component of the datasets' paths"));
    }
    let mut problems = Vec::new();
    if train_is_whole || !configured.is_empty() {
        problems.extend(out_of_range(files, splits, &numbers, &trained, configured));
    }
    let labels: Vec<Vec<usize>> = splits
        .iter()
        .map(|split| split.names.iter().map(|name| numbers.get(name.as_str()).copied().unwrap_or(0)).collect())
        .collect();
    let mut notes = Vec::new();
    let prefixes = prefixes(splits, &labels, classes);
    if let Some(prefixes) = &prefixes {
        problems.extend(disagreeing(files, splits, &labels, prefixes, configured));
    }
    let by_name = !numbers.iter().all(|(name, number)| name.parse() == Ok(*number));
    let classes = if !configured.is_empty() {
        configured.to_vec()
    } else if by_name {
        names.iter().map(|&name| name.to_owned()).collect()
    } else if let Some(prefixes) = prefixes {
        prefixes
    } else {
        notes.push("the clips' names hold no class names; set data.classes to have some".to_owned());
        (0..classes).map(|number| format!("class {number}")).collect()
    };
    Ok(Labels { classes, numbers: labels, notes, problems })
}

/// Labels that are class names: their places in the configured list, or in alphabetical order.
fn number_by_name<'a>(names: &BTreeSet<&'a str>, configured: &[String]) -> Result<BTreeMap<&'a str, usize>, DataError> {
    let remedy = "the first component of a dataset's path is a number from 0, or a class name";
    if let Some(number) = names.iter().find(|name| name.parse::<i64>().is_ok()) {
        let other = names.iter().find(|name| name.parse::<i64>().is_err()).unwrap_or(number);
        let problem = format!("the labels `{number}` and `{}` do not go together", other.escape_debug());
        return Err(DataError::set(problem, remedy));
    }
    if configured.is_empty() {
        return Ok(names.iter().enumerate().map(|(number, &name)| (name, number)).collect());
    }
    names
        .iter()
        .map(|&name| {
            let number = configured.iter().position(|class| class == name);
            number.map(|number| (name, number)).ok_or_else(|| {
                let problem = format!("the label `{}` is not in data.classes", name.escape_debug());
                DataError::set(problem, "add it there, or correct it")
            })
        })
        .collect()
}

/// One problem a label that has no class.
fn out_of_range(
    files: &DataFiles,
    splits: &[RawSplit],
    numbers: &BTreeMap<&str, usize>,
    trained: &BTreeSet<usize>,
    configured: &[String],
) -> Vec<DataError> {
    let mut problems = Vec::new();
    for (name, &number) in numbers {
        let (allowed, reason) = if configured.is_empty() {
            // Labels count from 0 without gaps in the training split.
            let without_gaps = trained.iter().enumerate().take_while(|(place, label)| place == *label).count();
            (
                number < without_gaps,
                format!("the training split has clips of the labels 0 to {}", without_gaps.max(1) - 1),
            )
        } else {
            (number < configured.len(), format!("data.classes names {} classes, from 0", configured.len()))
        };
        if allowed {
            continue;
        }
        let holder = SplitName::ALL.into_iter().zip(splits).find_map(|(split, raw)| {
            let index = raw.names.iter().position(|label| label == name)?;
            Some((split, raw.ids.get(index)?))
        });
        if let Some((split, aid)) = holder {
            problems.push(DataError::dataset(
                files.audio.split(split),
                format!("{name}/audio/{aid}"),
                format!("has label {name}, which is out of range: {reason}"),
                "correct the label in both files, or list all classes in data.classes",
            ));
        }
    }
    problems
}

/// The class name of each label by the majority of its clips' ids; none where the ids do not
/// begin with class names.
fn prefixes(splits: &[RawSplit], labels: &[Vec<usize>], classes: usize) -> Option<Vec<String>> {
    let mut votes: Vec<BTreeMap<&str, usize>> = vec![BTreeMap::new(); classes];
    let mut clips = vec![0usize; classes];
    for (split, labels) in splits.iter().zip(labels) {
        for (aid, &label) in split.ids.iter().zip(labels) {
            let (Some(votes), Some(clips)) = (votes.get_mut(label), clips.get_mut(label)) else { continue };
            *clips += 1;
            if let Some(prefix) = class_prefix(aid) {
                *votes.entry(prefix).or_default() += 1;
            }
        }
    }
    let winners: Option<Vec<String>> = votes
        .iter()
        .zip(clips)
        .enumerate()
        .map(|(label, (votes, clips))| {
            if clips == 0 {
                return Some(format!("class {label}"));
            }
            let (prefix, won) = votes.iter().max_by_key(|(_, votes)| **votes)?;
            (2 * won > clips).then(|| (*prefix).to_owned())
        })
        .collect();
    winners.filter(|names| names.iter().collect::<BTreeSet<_>>().len() == names.len())
}

/// Clips whose ids name another class than their label: the first of each split, and the number.
fn disagreeing(
    files: &DataFiles,
    splits: &[RawSplit],
    labels: &[Vec<usize>],
    prefixes: &[String],
    configured: &[String],
) -> Vec<DataError> {
    let mut problems = Vec::new();
    for ((name, split), labels) in SplitName::ALL.into_iter().zip(splits).zip(labels) {
        let mut wrong = split.ids.iter().zip(&split.names).zip(labels).filter_map(|((aid, label), &number)| {
            let class = class_prefix(aid)?;
            let known = configured.iter().position(|known| known == class);
            let expected = if known.is_some_and(|known| known != number) { configured } else { prefixes };
            let expected = expected.get(number)?;
            (class != expected).then_some((aid, label, class, expected))
        });
        if let Some((aid, label, class, expected)) = wrong.next() {
            let more = match wrong.count() {
                0 => String::new(),
                more => format!(" ({more} more like it)"),
            };
            problems.push(DataError::dataset(
                files.audio.split(name),
                format!("{label}/audio/{aid}"),
                format!("has label {label}, the class {expected}, while its name says {class}{more}"),
                "put the clip under the label of its class in both files",
            ));
        }
    }
    problems
}
