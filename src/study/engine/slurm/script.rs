//! The batch script of an array.

use std::{fmt::Write as _, path::Path};

use super::Slurm;

/// The script whose task N trains trial N of `manifest`.
///
/// # Errors
/// If a path cannot stand in a script.
pub fn script(slurm: &Slurm, study: &str, program: &Path, manifest: &Path) -> Result<String, String> {
    let mut out = format!("#!/bin/bash -l\n# Trains the trials of {study}, one a task.\n");
    let cpus = slurm.cpus.to_string();
    let options = [
        ("partition", slurm.partition.as_deref()),
        ("account", slurm.account.as_deref()),
        ("qos", slurm.qos.as_deref()),
        ("time", slurm.time.as_deref()),
        ("gres", slurm.gres.as_deref()),
        ("constraint", slurm.constraint.as_deref()),
        ("mem", slurm.mem.as_deref()),
        ("cpus-per-task", Some(cpus.as_str())),
        ("open-mode", Some("append")),
    ];
    for (name, value) in options {
        if let Some(value) = value {
            let _ = writeln!(out, "#SBATCH --{name}={value}");
        }
    }
    out.push_str("#SBATCH --requeue\n");
    if slurm.grace > 0 {
        let _ = writeln!(out, "#SBATCH --signal=B:USR1@{}", slurm.grace);
    }
    for option in &slurm.options {
        let _ = writeln!(out, "#SBATCH {option}");
    }
    out.push_str("\nset -e\n");
    for module in &slurm.modules {
        let _ = writeln!(out, "module load {}", quoted(module)?);
    }
    for line in &slurm.setup {
        let _ = writeln!(out, "{line}");
    }
    // The program takes the shell's place: signals are for it.
    let (program, manifest) = (quoted(&text(program)?)?, quoted(&text(manifest)?)?);
    let _ = writeln!(out, "exec {program} study trial {manifest} --task \"$SLURM_ARRAY_TASK_ID\"");
    Ok(out)
}

fn text(path: &Path) -> Result<String, String> {
    path.to_str().map(str::to_owned).ok_or_else(|| format!("the path {} is not UTF-8", path.display()))
}

/// `text` as one word of the shell's.
fn quoted(text: &str) -> Result<String, String> {
    if text.chars().any(char::is_control) {
        return Err(format!("{text:?} has a character that cannot stand in a script"));
    }
    Ok(format!("'{}'", text.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPECTED: &str = r#"#!/bin/bash -l
# Trains the trials of rates, one a task.
#SBATCH --partition=gpu
#SBATCH --account=avsc
#SBATCH --time=04:00:00
#SBATCH --gres=gpu:a100:1
#SBATCH --constraint=skylake|zen3
#SBATCH --cpus-per-task=4
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=B:USR1@60
#SBATCH --exclude=node7

set -e
module load 'hdf5/1.14'
export OMP_NUM_THREADS=1
exec '/home/it'\''s me/avsc-tui' study trial '/data/study-rates/slurm/batch-0001.json' --task "$SLURM_ARRAY_TASK_ID"
"#;

    #[test]
    fn a_script_holds_what_was_asked_for() {
        let slurm = Slurm {
            partition: Some("gpu".to_owned()),
            account: Some("avsc".to_owned()),
            time: Some("04:00:00".to_owned()),
            gres: Some("gpu:a100:1".to_owned()),
            constraint: Some("skylake|zen3".to_owned()),
            cpus: 4,
            options: vec!["--exclude=node7".to_owned()],
            modules: vec!["hdf5/1.14".to_owned()],
            setup: vec!["export OMP_NUM_THREADS=1".to_owned()],
            ..Slurm::default()
        };
        let program = Path::new("/home/it's me/avsc-tui");
        let written = script(&slurm, "rates", program, Path::new("/data/study-rates/slurm/batch-0001.json")).unwrap();
        assert_eq!(written, EXPECTED);
    }

    #[test]
    fn nothing_is_asked_that_was_not() {
        let slurm = Slurm { grace: 0, ..Slurm::default() };
        let written = script(&slurm, "rates", Path::new("/bin/p"), Path::new("/m.json")).unwrap();
        for absent in ["partition", "signal", "module", "time"] {
            assert!(!written.contains(absent), "{absent}: {written}");
        }
        assert!(script(&slurm, "rates", Path::new("/bin/p"), Path::new("/a\nb")).is_err());
    }
}
