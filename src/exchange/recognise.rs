//! Which model a file's weights make, from their names and shapes.
//!
//! A known model is a *plan*: which sequences of layers (`audio_embed`, `outputlayer`, …) feed which.
//! The layers themselves come from the file, so that any widths work. Some files hold sequences that
//! their model never used; whether one was ever trained shows in its weights, and that decides
//! between plans that fit alike.

mod plans;
mod sequences;

use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::state_dict::StateDict;
use crate::{
    config::{Mode, ModelConfig},
    device::Compute,
    model::{
        Fusion, Imported, Sizes,
        imported::{Blueprint, Head, Layer},
    },
};
use plans::{PLANS, Plan};
use sequences::Sequences;

/// A model that was found in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Recognised {
    pub mode: Mode,
    pub blueprint: Blueprint,
    /// The widths with which our own model of the mode has just these layers under these keys;
    /// none where it is a variant.
    pub ours: Option<ModelConfig>,
    /// Layers that our own model holds besides those that it uses.
    pub idle: Vec<Layer>,
    /// What a person should know, one sentence each.
    pub notes: Vec<String>,
}

/// Read the checkpoint at `path` and find the model in it; see [`recognise`].
///
/// # Errors
/// If the file cannot be read, or no model or several fit.
pub fn open(path: &Path, asked: Option<Mode>, defaults: &ModelConfig) -> Result<Recognised> {
    let state = StateDict::read(path)?;
    recognise(&state, asked, defaults).with_context(|| format!("recognising the model in {}", path.display()))
}

/// The model in the checkpoint at `path`, ready to be evaluated on data of these sizes.
///
/// # Errors
/// As of [`open`], or if the model wants other sizes.
pub fn load(
    path: &Path,
    asked: Option<Mode>,
    defaults: &ModelConfig,
    sizes: Sizes,
    compute: &Compute,
) -> Result<Fusion> {
    let blueprint = open(path, asked, defaults)?.blueprint;
    if let Err(problem) = blueprint.check(sizes) {
        bail!("the checkpoint {} does not fit: {problem}", path.display());
    }
    Ok(Fusion::Imported(Imported::new(&blueprint, &compute.device)))
}

/// Find the model in `state`; `asked` decides where several fit. `defaults` has what no file tells:
/// the weights of hybrid fusion.
///
/// # Errors
/// If no model fits, each misfit with its key; or if several do, and which.
pub fn recognise(state: &StateDict, asked: Option<Mode>, defaults: &ModelConfig) -> Result<Recognised> {
    let sequences = Sequences::of(state);
    let wanted = || PLANS.iter().filter(|plan| asked.is_none_or(|mode| plan.mode == mode));
    let mut fitting: Vec<&Plan> = wanted().filter(|plan| plan.misfits(&sequences).is_empty()).collect();
    if asked.is_none() {
        fitting.retain(|plan| !plan.has_other_width(&sequences));
    }
    prefer(&mut fitting, |plan| plan.parts().all(|part| sequences.was_trained(part)));
    let all = fitting.clone();
    fitting.retain(|plan| !all.iter().any(|other| other.contains(plan)));

    let modes: Vec<&str> = fitting.iter().map(|plan| plan.mode.name()).collect();
    match fitting.as_slice() {
        [plan] => Ok(build(plan, &sequences, state, defaults)),
        [] => bail!("{}", nothing(wanted(), &sequences, state)),
        _ => bail!(
            "the weights fit the modes {}, and nothing in them tells which it is; say it with --mode",
            modes.join(" and ")
        ),
    }
}

/// Keep those that `good` holds for, if it does for any.
fn prefer(plans: &mut Vec<&Plan>, good: impl Fn(&Plan) -> bool) {
    if plans.iter().any(|plan| good(plan)) {
        plans.retain(|plan| good(plan));
    }
}

fn build(plan: &Plan, sequences: &Sequences<'_>, state: &StateDict, defaults: &ModelConfig) -> Recognised {
    let layers = |parts: &[&str]| parts.iter().flat_map(|part| sequences.layers(part)).collect::<Vec<_>>();
    let head = |(input, share, parts): &plans::HeadPlan| Head {
        input: *input,
        weight: share.of(defaults),
        layers: layers(parts),
    };
    let blueprint = Blueprint {
        audio: layers(plan.audio),
        video: layers(plan.video),
        heads: plan.heads.iter().map(head).collect(),
    };
    let ours = plan.ours(sequences, defaults);
    let idle = match (&ours, plan.mode) {
        (Some(_), Mode::Audio) => layers(&["video_embed"]),
        (Some(_), Mode::Video) => layers(&["audio_embed"]),
        _ => Vec::new(),
    };
    let mut notes = state.notes.clone();
    let unused: Vec<_> = sequences.names().filter(|name| !plan.parts().any(|part| part == *name)).collect();
    if !unused.is_empty() {
        notes.push(format!("not used by {} fusion and left out: {}", plan.mode, unused.join(", ")));
    }
    notes.extend(sequences.strangers().map(|key| format!("`{key}` belongs to no known layer and was left out")));
    notes.extend(plan.parts().flat_map(|part| sequences.assumptions(part)));
    if plan.mode == Mode::Hybrid {
        let (late, mid) = (defaults.hybrid_late, defaults.hybrid_mid);
        notes.push(format!("the file does not tell the weights of hybrid fusion; taken as {late} late + {mid} mid"));
    }
    Recognised { mode: plan.mode, blueprint, ours, idle, notes }
}

/// Why no plan fits: the misfits of the one that comes nearest.
fn nothing<'a>(plans: impl Iterator<Item = &'a Plan>, sequences: &Sequences<'_>, state: &StateDict) -> String {
    let nearest = plans.map(|plan| (plan, plan.misfits(sequences))).min_by_key(|(plan, misfits)| {
        // Of two with equally many misfits, the one that uses more of what is there.
        let absent = plan.parts().filter(|part| !sequences.has(part)).count();
        (absent, misfits.len())
    });
    let Some((plan, misfits)) = nearest else { return "there is no such model".to_owned() };
    let mut lines = vec![format!("its {} arrays make no known model; nearest is {}:", state.entries.len(), plan.mode)];
    lines.extend(misfits.into_iter().map(|misfit| format!("  {misfit}")));
    lines.join("\n")
}
