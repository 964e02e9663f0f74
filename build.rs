//! Links the program to the libtorch that it is built with, where the feature `libtorch` is on.

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=LIBTORCH");
    if env::var_os("CARGO_FEATURE_LIBTORCH").is_none() {
        return Ok(());
    }
    // The crate torch-sys has found it, in whichever of its ways.
    let lib = env::var("DEP_TCH_LIBTORCH_LIB")?;
    println!("cargo:rustc-env=LIBTORCH_VERSION={}", version(&lib).unwrap_or_else(|| "of unknown version".to_owned()));
    // The program finds its libraries without LD_LIBRARY_PATH. A tag of the old kind goes before that
    // variable, too: a cluster's module that sets it must not put another libtorch under this program.
    if env::var("CARGO_CFG_TARGET_OS")? == "linux" {
        println!("cargo:rustc-link-arg=-Wl,--disable-new-dtags");
    }
    println!("cargo:rustc-link-arg=-Wl,-rpath,{lib}");
    // Nothing refers to a symbol of the CUDA half, which makes itself known when it is loaded, so
    // that the linker would leave it out.
    if Path::new(&lib).join("libtorch_cuda.so").exists() {
        println!("cargo:rustc-link-arg=-Wl,--push-state,--no-as-needed,-ltorch_cuda,--pop-state");
    }
    Ok(())
}

/// The version that the headers beside the libraries tell.
fn version(lib: &str) -> Option<String> {
    let header = Path::new(lib).join("../include/torch/csrc/api/include/torch/version.h");
    let text = fs::read_to_string(header).ok()?;
    let part = |name: &str| text.lines().find_map(|line| line.strip_prefix(&format!("#define TORCH_VERSION_{name} ")));
    Some(format!("{}.{}.{}", part("MAJOR")?.trim(), part("MINOR")?.trim(), part("PATCH")?.trim()))
}
