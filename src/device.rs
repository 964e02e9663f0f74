//! What computes. The only place that names a Burn backend.
//!
//! A device is asked for by its key: a backend's name, and behind a colon which of its devices
//! (`libtorch:cuda:0`); a backend's name alone is the first of them, and `auto` the best there is.

mod driver;
mod failure;
pub mod gpu;
#[cfg(feature = "libtorch")]
mod libtorch;

use burn::tensor::Device;
#[cfg(any(feature = "cuda", feature = "wgpu"))]
use burn::tensor::DeviceType;

pub use failure::explain;

/// A device that a run can be trained on.
#[derive(Clone, Debug)]
pub struct Compute {
    /// What to ask for it by.
    pub key: String,
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
const BACKENDS: [Backend; 4] = [
    Backend { name: "flex", what: "Burn's pure-Rust CPU backend", built: true, remedy: "" },
    Backend {
        name: "libtorch",
        what: "libtorch, on the CPU and on NVIDIA GPUs",
        built: cfg!(feature = "libtorch"),
        remedy: "run `make libtorch` and build again",
    },
    Backend {
        name: "cuda",
        what: "Burn's own CUDA backend, on NVIDIA GPUs",
        built: cfg!(feature = "cuda"),
        remedy: "build with --features cuda",
    },
    Backend {
        name: "wgpu",
        what: "Burn's wgpu backend, on any GPU",
        built: cfg!(feature = "wgpu"),
        remedy: "build with --features wgpu",
    },
];

impl Backend {
    /// Its devices on this machine, best first. Looking for a GPU may take a second.
    #[must_use]
    pub fn devices(&self) -> Vec<Compute> {
        match self.name {
            "flex" => vec![flex()],
            #[cfg(feature = "libtorch")]
            "libtorch" => libtorch::devices(),
            #[cfg(feature = "cuda")]
            "cuda" => numbered("cuda", DeviceType::Cuda),
            #[cfg(feature = "wgpu")]
            "wgpu" => numbered("wgpu", DeviceType::Wgpu),
            _ => Vec::new(),
        }
    }

    /// Why it sees no GPU, where it looks for one and sees none.
    #[must_use]
    pub fn no_gpu(&self) -> Option<String> {
        let gpu = self.devices().iter().any(|found| found.key != "libtorch:cpu");
        match self.name {
            _ if !self.built || gpu => None,
            #[cfg(feature = "libtorch")]
            "libtorch" => Some(libtorch::no_gpu()),
            "cuda" => Some(driver::no_gpu("Burn's CUDA backend")),
            _ => Some("no adapter answers: the GPU's Vulkan driver may be missing".to_owned()),
        }
    }
}

/// Every backend that the program knows.
#[must_use]
pub fn backends() -> &'static [Backend] {
    &BACKENDS
}

/// Every device of this build that is there.
#[must_use]
pub fn available() -> Vec<Compute> {
    BACKENDS.iter().flat_map(Backend::devices).collect()
}

/// What there is to know about the libraries of the backends, as pairs of a subject and what is so.
#[must_use]
pub fn libraries() -> Vec<(&'static str, String)> {
    #[cfg(feature = "libtorch")]
    let mut facts = vec![("libtorch", libtorch::version())];
    #[cfg(not(feature = "libtorch"))]
    let mut facts = Vec::new();
    if cfg!(any(feature = "libtorch", feature = "cuda")) {
        facts.push(("NVIDIA driver", driver::version().unwrap_or_else(|| "none".to_owned())));
    }
    facts
}

/// The device that `key` asks for.
///
/// # Errors
/// If it is not there; the message says why, and lists what there is.
pub fn resolve(key: &str) -> Result<Compute, String> {
    if key == "auto" {
        return Ok(best());
    }
    let backend = BACKENDS.iter().find(|backend| key.split(':').next() == Some(backend.name));
    let of_backend = backend.map(Backend::devices).unwrap_or_default();
    if let Some(found) =
        of_backend.into_iter().find(|found| found.key == key || found.key.starts_with(&format!("{key}:")))
    {
        return Ok(found);
    }
    let why = match backend {
        Some(backend) if !backend.built => format!(" in this build ({})", backend.remedy),
        Some(backend) => backend.no_gpu().map_or_else(String::new, |why| format!(" ({why})")),
        None => String::new(),
    };
    let there: Vec<_> = available().into_iter().map(|found| found.key).collect();
    Err(format!("there is no device `{key}`{why}; there is auto, {}", there.join(", ")))
}

/// Make the process fit for the device that `key` asks for, before it has threads, files or a screen.
pub fn prepare(key: &str) {
    #[cfg(feature = "libtorch")]
    if resolve(key).is_ok_and(|found| found.key == "libtorch:cpu") {
        libtorch::wait_briefly();
    }
    #[cfg(not(feature = "libtorch"))]
    let _ = key;
}

/// The fastest device that is there: libtorch on a GPU, Burn's own CUDA backend, then the CPU.
///
/// On the CPU flex is taken even where libtorch is there: an epoch of mid took it 0.22 s and libtorch
/// 0.33 s on a 2-core x86-64 virtual machine.
fn best() -> Compute {
    let first = |name: &str| BACKENDS.iter().find(|backend| backend.name == name)?.devices().into_iter().next();
    first("libtorch").filter(|found| found.key != "libtorch:cpu").or_else(|| first("cuda")).unwrap_or_else(flex)
}

fn flex() -> Compute {
    Compute { key: "flex".to_owned(), device: Device::flex(), name: format!("flex cpu, {}", threads()) }
}

/// The devices that Burn finds, numbered in its order.
#[cfg(any(feature = "cuda", feature = "wgpu"))]
fn numbered(backend: &str, kind: DeviceType) -> Vec<Compute> {
    let keyed = |(index, device): (usize, &Device)| {
        let key = format!("{backend}:{index}");
        Compute { name: key.clone(), key, device: device.clone() }
    };
    Device::enumerate(kind).iter().enumerate().map(keyed).collect()
}

/// The threads that every backend on the CPU computes with.
fn threads() -> String {
    let threads = rayon::current_num_threads();
    format!("{threads} thread{}", if threads == 1 { "" } else { "s" })
}

/// True where the tensors of `device` lie in the program's own memory, so that their numbers can be
/// taken out and put back without a copy.
#[must_use]
pub fn in_memory(device: &Device) -> bool {
    *device == Device::flex()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_for_the_first_device_of_its_backend() {
        assert_eq!(resolve("libtorch:cpu").is_ok(), cfg!(feature = "libtorch"));
        for backend in backends().iter().filter(|backend| backend.built) {
            let first = backend.devices().into_iter().next().map(|found| found.key);
            assert_eq!(resolve(backend.name).ok().map(|found| found.key), first);
        }
        assert!(available().iter().any(|found| found.key == resolve("auto").unwrap().key));
    }

    #[test]
    fn a_device_that_is_not_there_is_refused_with_what_is() {
        for name in ["", "tpu", "flex:1", "flexible", "libtorch:cuda:99", "libtorch:cuda:x", "cuda:99", "wgpu:99"] {
            let error = resolve(name).unwrap_err();
            assert!(error.starts_with(&format!("there is no device `{name}`")), "{error}");
            assert!(error.contains("there is auto, flex"), "{error}");
        }
        for backend in backends().iter().filter(|backend| !backend.built) {
            let error = resolve(backend.name).unwrap_err();
            assert!(error.contains(backend.remedy), "{error}");
            assert!(backend.devices().is_empty() && backend.no_gpu().is_none());
        }
    }
}
