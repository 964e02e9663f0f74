//! What computes. The only place that names a Burn backend.

use burn::tensor::Device;

/// A device that a run can be trained on.
#[derive(Clone, Debug)]
pub struct Compute {
    /// The device without automatic differentiation.
    pub device: Device,
    /// Its name, for people and records.
    pub name: String,
}

/// A backend that the program knows, whether or not this build holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backend {
    /// The name to ask for it by.
    pub name: &'static str,
    pub what: &'static str,
    /// True where this build holds it.
    pub built: bool,
    /// How to get it, where it is not built.
    pub remedy: &'static str,
}

/// Every backend that the program knows.
#[must_use]
pub fn backends() -> Vec<Backend> {
    vec![
        Backend { name: "flex", what: "Burn's pure-Rust CPU backend", built: true, remedy: "" },
        Backend {
            name: "libtorch",
            what: "libtorch on the CPU",
            built: cfg!(feature = "libtorch"),
            remedy: "build with --features libtorch and LIBTORCH pointing at a libtorch 2.9",
        },
    ]
}

/// The device that `name` asks for: `auto`, or a backend by its name.
///
/// # Errors
/// If this build has no such device; the message lists what there is.
pub fn resolve(name: &str) -> Result<Compute, String> {
    match name {
        "auto" | "flex" => Ok(flex()),
        #[cfg(feature = "libtorch")]
        "libtorch" | "libtorch:cpu" => Ok(Compute { device: Device::libtorch(), name: "libtorch cpu".to_owned() }),
        _ => {
            let known = backends();
            let there: Vec<_> = known.iter().filter(|backend| backend.built).map(|backend| backend.name).collect();
            let remedy = known
                .iter()
                .find(|backend| name.starts_with(backend.name))
                .map_or_else(String::new, |backend| format!(" ({})", backend.remedy));
            Err(format!("there is no device `{name}` in this build{remedy}; there is auto, {}", there.join(", ")))
        }
    }
}

/// True where the tensors of `device` lie in the program's own memory, so that their numbers can be
/// taken out and put back without a copy.
#[must_use]
pub fn in_memory(device: &Device) -> bool {
    *device == Device::flex()
}

fn flex() -> Compute {
    let threads = rayon::current_num_threads();
    let plural = if threads == 1 { "" } else { "s" };
    Compute { device: Device::flex(), name: format!("flex cpu, {threads} thread{plural}") }
}
