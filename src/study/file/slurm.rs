//! The table `[slurm]`.

use super::fields::Fields;
use crate::study::engine::slurm::{
    Slurm,
    settings::{check_line, check_option, check_word},
};

/// Tasks at a time, processors of a task: beyond it a number is rather mistaken than meant.
const MOST: u64 = 100_000;

/// What is wrong with a text, if something is.
type Check = fn(&str) -> Result<(), String>;

/// What `[slurm]` says; the defaults where it is missing.
pub fn slurm(fields: &mut Fields<'_>) -> Slurm {
    let mut slurm = Slurm::default();
    let Some(table) = fields.table("slurm") else { return slurm };
    let mut inner = fields.inner(table, "slurm");
    let words: [(&'static str, &mut Option<String>); 7] = [
        ("partition", &mut slurm.partition),
        ("account", &mut slurm.account),
        ("qos", &mut slurm.qos),
        ("time", &mut slurm.time),
        ("gres", &mut slurm.gres),
        ("constraint", &mut slurm.constraint),
        ("mem", &mut slurm.mem),
    ];
    for (key, word) in words {
        *word = inner.text(key).filter(|text| inner.keep(key, check_word(text)).is_some());
    }
    slurm.cpus = inner.whole("cpus", 1, MOST).map_or(slurm.cpus, |cpus| cpus as usize);
    slurm.at_once = inner.whole("at_once", 1, MOST).map(|tasks| tasks as usize);
    slurm.grace = inner.whole("grace", 0, 65_535).unwrap_or(slurm.grace);
    let lists: [(&'static str, &mut Vec<String>, Check); 3] = [
        ("options", &mut slurm.options, check_option),
        ("modules", &mut slurm.modules, check_word),
        ("setup", &mut slurm.setup, check_line),
    ];
    for (key, list, check) in lists {
        *list = inner.texts(key);
        list.retain(|text| inner.keep(key, check(text)).is_some());
    }
    inner.finish();
    slurm
}
