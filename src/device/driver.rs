//! What the operating system tells of NVIDIA's driver and GPUs.

use std::{env, fs};

/// The version of the kernel's NVIDIA driver, if one is loaded.
pub fn version() -> Option<String> {
    version_in(&fs::read_to_string("/proc/driver/nvidia/version").ok()?)
}

/// Why `library`, which can use an NVIDIA GPU, has found none.
pub fn no_gpu(library: &str) -> String {
    let loaded = fs::read_to_string("/proc/self/maps").is_ok_and(|maps| maps.contains("/libcuda.so"));
    let visible = env::var("CUDA_VISIBLE_DEVICES").ok();
    reason(library, version().as_deref(), loaded, visible.as_deref())
}

fn reason(library: &str, driver: Option<&str>, libcuda_loaded: bool, visible: Option<&str>) -> String {
    match (driver, visible) {
        // A driver that is not the kernel's own, as in a virtual machine's, may have no version here.
        (None, _) if !libcuda_loaded => "no NVIDIA driver: this machine has no NVIDIA GPU, or its driver is not \
             installed; on a cluster, ask for a node with a GPU"
            .to_owned(),
        (_, Some(visible)) if visible.trim().is_empty() || visible.trim().starts_with('-') => {
            format!("CUDA_VISIBLE_DEVICES=`{visible}` hides every GPU")
        }
        (Some(driver), _) if !libcuda_loaded => format!(
            "the kernel has the NVIDIA driver {driver}, but the library libcuda.so.1 was not found; \
             start a container with its GPU option (--gpus all, --nv)"
        ),
        _ => format!(
            "the NVIDIA driver {} gives {library} no GPU; `nvidia-smi` says whether it works, and CUDA 12 needs \
             525 or newer",
            driver.unwrap_or("that is there")
        ),
    }
}

/// The model of the GPUs, if they are all of one: the driver's numbering is not always CUDA's.
#[cfg(feature = "libtorch")]
pub fn model() -> Option<String> {
    let folders = fs::read_dir("/proc/driver/nvidia/gpus").ok()?;
    let mut models: Vec<_> = folders
        .filter_map(|folder| fs::read_to_string(folder.ok()?.path().join("information")).ok())
        .filter_map(|text| text.lines().find_map(|line| Some(line.strip_prefix("Model:")?.trim().to_owned())))
        .collect();
    models.dedup();
    match <[String; 1]>::try_from(models) {
        Ok([model]) => Some(model),
        Err(_) => None,
    }
}

/// The version in the text of `/proc/driver/nvidia/version`, whose wording differs between releases.
fn version_in(text: &str) -> Option<String> {
    let is_version = |word: &&str| word.contains('.') && word.chars().all(|c| c.is_ascii_digit() || c == '.');
    text.lines().next()?.split_whitespace().find(is_version).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_found_in_either_wording() {
        let cases = [
            (
                "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\nGCC …",
                Some("550.54.15"),
            ),
            (
                "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.10  Release Build  (x)",
                Some("570.86.10"),
            ),
            ("", None),
            ("something else", None),
        ];
        for (text, version) in cases {
            assert_eq!(version_in(text).as_deref(), version, "{text}");
        }
    }

    #[test]
    fn every_reason_is_told_from_the_others() {
        let cases = [
            ("no driver", (None, false, None), "no NVIDIA driver"),
            ("no driver, and nothing to see anyhow", (None, false, Some("")), "no NVIDIA driver"),
            ("hidden", (Some("550.54"), true, Some("")), "CUDA_VISIBLE_DEVICES=`` hides"),
            ("hidden by a number", (Some("550.54"), true, Some("-1")), "CUDA_VISIBLE_DEVICES=`-1` hides"),
            ("in a container", (Some("550.54"), false, None), "libcuda.so.1 was not found"),
            ("too old", (Some("470.82"), true, Some("0")), "driver 470.82 gives libtorch no GPU"),
            ("without the kernel's word", (None, true, None), "driver that is there gives"),
        ];
        for (case, (driver, loaded, visible), expected) in cases {
            let told = reason("libtorch", driver, loaded, visible);
            assert!(told.contains(expected), "{case}: {told}");
        }
    }
}
