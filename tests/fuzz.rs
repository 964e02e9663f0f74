//! Damaged and hostile files: whatever the bytes, a reader gives a result or an error, in bounded
//! memory and without a panic.
//!
//! Sound files are mutated by a seeded generator, so that a failure can be had again:
//!
//! ```text
//! cargo test --release --test fuzz                                  a few seconds, always the same
//! AVSC_FUZZ_SECONDS=600 cargo test --release --test fuzz -- --nocapture    as long by each target
//! AVSC_FUZZ_SEED=17 …                                               other mutations
//! AVSC_FUZZ_INPUT=/tmp/avsc-fuzz-…  …                               this file alone, by every target
//! ```
//!
//! A failing input is written to the temporary folder, and its path, target and seed are printed.

#![allow(clippy::unwrap_used, reason = "a helper fails its test by panicking")]
#![allow(unsafe_code, reason = "an allocator that counts can only be written so")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    env, fs,
    io::Write as _,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use avsc_tui::{
    config::Config,
    data::Statistics,
    exchange::{StateDict, recognise, train_log},
    runs::results::Predictions,
};
use rand::{RngExt as _, SeedableRng as _};
use rand_xoshiro::Xoshiro256PlusPlus as Rng;

/// Counts what this thread holds, and the most that it held.
struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(change: isize) {
    // Not counted while the thread ends.
    let _ = HELD.try_with(|held| {
        held.set(held.get() + change);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(held.get())));
    });
}

// SAFETY: every call is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as isize - layout.size() as isize);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A reader, sound files for it, and how often it is tried where no time is set.
struct Target {
    name: &'static str,
    sound: Vec<Vec<u8>>,
    /// Texts that mean something to the reader, to be put in.
    words: &'static [&'static [u8]],
    read: fn(&[u8]),
    rounds: usize,
}

/// What a reader may hold beside a multiple of its input.
const LEAST_ROOM: usize = 48 << 20;
const ROOM_PER_BYTE: usize = 200;

#[test]
fn prediction_files() {
    let header = "aid\tscene_pred\tscene_label\tbus\ttram\n";
    let text = format!("{header}bus-a-1-2\tbus\tbus\t0.900\t0.100\ntram-b-2-1\tbus\ttram\t0.501\t0.498\n");
    run(&Target {
        name: "predictions",
        sound: vec![text.clone().into_bytes(), text.replace('\t', ",").into_bytes()],
        words: &[b"scene_label", b"\"", b"\n", b"NaN", b"inf", b"1e999", b"-0", b"\t", b"\r\n", b"bus"],
        read: |bytes| drop(Predictions::parse("fuzz", bytes)),
        rounds: 20_000,
    });
}

#[test]
fn training_logs() {
    let epoch = |number: usize| {
        format!(
            "[2024-06-08 21:15:43] {}\n[2024-06-08 21:15:43] | epoch {number:>3} | time: 12.50s | training loss  1.41 |\n\
             [2024-06-08 21:15:45] | epoch {number:>3} | time:  1.94s | cv loss  0.86 | cv accuracy:  0.70 |\n",
            "-".repeat(99)
        )
    };
    run(&Target {
        name: "train.log",
        sound: vec![[epoch(1), epoch(2), epoch(1)].concat().into_bytes()],
        words: &[b"epoch", b" | ", b"\n", b"nan", b"inf", b"time:", b"18446744073709551616", b"99999-99-99", b"["],
        read: |bytes| drop(train_log::read(bytes)),
        rounds: 20_000,
    });
}

#[test]
fn checkpoints() {
    let names = [
        "mid.pt",
        "mid_legacy.pt",
        "mid_deflated.pt",
        "mid_checkpoint.pth",
        "mid_strided_legacy.pt",
        "baseline_audio.pt",
    ];
    let mut sound: Vec<Vec<u8>> = names.iter().map(|name| fixture(&["checkpoints", name])).collect();
    // Stored entries again without their checksums in the way: the mutation reaches the pickle.
    sound.push(fixture(&["checkpoints", "mid_no_byteorder.pt"]));
    run(&Target {
        name: "checkpoint",
        sound,
        words: &[
            b"ctorch._utils\n_rebuild_tensor_v2\n",
            b"ccollections\nOrderedDict\n",
            b"tR",
            b"h\x00",
            b"q\x00",
            b"\x85R",
            b"J\xff\xff\xff\x7f",
            b"J\xff\xff\xff\xff",
            b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f",
            b"(",
            b"}",
            b"]",
            b"2",
            b"e",
            b"PK\x03\x04",
            b"PK\x01\x02",
            b"PK\x05\x06",
        ],
        read: |bytes| {
            if let Ok(state) = StateDict::parse(bytes) {
                let _ = recognise(&state, None, &Config::default().model);
            }
        },
        rounds: 6_000,
    });
}

#[test]
fn pickles() {
    // Behind the legacy header every byte of the object is the machine's.
    run(&Target {
        name: "pickle",
        sound: vec![
            object(&fixture(&["checkpoints", "mid_legacy.pt"])),
            b"\x80\x02}q\x00(X\x01\0\0\0ah\x00u.".to_vec(),
        ],
        words: &[
            b"(",
            b")",
            b"2",
            b"0",
            b"1",
            b"t",
            b"R",
            b"Q",
            b"b",
            b"e",
            b"u",
            b"h\x00",
            b"r\xff\xff\xff\xff",
            b"\x94",
            b".",
        ],
        read: |bytes| drop(avsc_tui::exchange::pickle::read(bytes)),
        rounds: 40_000,
    });
}

#[test]
fn statistics() {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "fixtures", "hdf5", "framework"].iter().collect();
    let npz = fs::read(path.join("audio_features_data").join("global_mean_std.npz")).unwrap();
    run(&Target {
        name: "npz",
        sound: vec![npz],
        words: &[
            b"(99999999999,)",
            b"'<f8'",
            b"'|O'",
            b"True",
            b"\x93NUMPY\x02\x00\xff\xff\xff\xff",
            b"PK\x01\x02",
            b"PK\x05\x06",
        ],
        read: |bytes| {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(bytes).unwrap();
            let _ = Statistics::read(file.path(), 8);
        },
        rounds: 3_000,
    });
}

fn fixture(parts: &[&str]) -> Vec<u8> {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "fixtures"].iter().collect();
    fs::read(parts.iter().fold(folder, |path, part| path.join(part))).unwrap()
}

/// The fourth pickle of a legacy file.
fn object(bytes: &[u8]) -> Vec<u8> {
    let mut at = 0;
    for _ in 0..3 {
        at += avsc_tui::exchange::pickle::read(&bytes[at..]).unwrap().1;
    }
    bytes[at..].to_vec()
}

fn run(target: &Target) {
    if let Some(path) = env::var_os("AVSC_FUZZ_INPUT") {
        return attempt(target, &fs::read(path).unwrap(), 0);
    }
    for sound in &target.sound {
        attempt(target, sound, 0);
    }
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let base = number("AVSC_FUZZ_SEED").unwrap_or(0).wrapping_mul(1 << 32);
    let (start, limit) = (Instant::now(), number("AVSC_FUZZ_SECONDS").map(Duration::from_secs));
    let mut tried = 0;
    for seed in base.. {
        let done = limit.map_or(tried >= target.rounds, |limit| start.elapsed() >= limit);
        if done {
            break;
        }
        attempt(target, &mutated(target, seed), seed);
        tried += 1;
    }
    println!("{}: {tried} inputs", target.name);
}

/// A sound file after one to eight changes, all by `seed`.
fn mutated(target: &Target, seed: u64) -> Vec<u8> {
    let mut rng = Rng::seed_from_u64(seed);
    let mut bytes = target.sound[rng.random_range(0..target.sound.len())].clone();
    for _ in 0..rng.random_range(1..=8) {
        let at = rng.random_range(0..=bytes.len());
        let end = (at + rng.random_range(1..=32_usize)).min(bytes.len());
        match rng.random_range(0..9) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let copy = bytes[at..end].to_vec();
                let to = rng.random_range(0..=bytes.len());
                bytes.splice(to..to, copy);
            }
            3 | 4 => {
                let word = target.words[rng.random_range(0..target.words.len())];
                let over = if rng.random_bool(0.5) { (at + word.len()).min(bytes.len()) } else { at };
                bytes.splice(at..over, word.iter().copied());
            }
            5 => {
                // The sizes in a file are such numbers.
                let value: u64 = [0, 1, u64::MAX, 1 << 31, 1 << 62, u64::from(u32::MAX)][rng.random_range(0..6)];
                let width = [1, 2, 4, 8][rng.random_range(0..4)];
                for (to, from) in bytes.iter_mut().skip(at).zip(value.to_le_bytes()).take(width) {
                    *to = from;
                }
            }
            6 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << rng.random_range(0..8)),
            _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = rng.random()),
        }
    }
    bytes
}

fn attempt(target: &Target, bytes: &[u8], seed: u64) {
    let before = HELD.get();
    PEAK.set(before);
    let outcome = catch_unwind(AssertUnwindSafe(|| (target.read)(bytes)));
    let taken = (PEAK.get() - before).max(0) as usize;
    let room = LEAST_ROOM + ROOM_PER_BYTE * bytes.len();
    let problem = match outcome {
        Err(_) => "it panicked".to_owned(),
        Ok(()) if taken > room => format!("it took {taken} bytes of memory for {} bytes of input", bytes.len()),
        Ok(()) => return,
    };
    let path = keep(target.name, seed, bytes);
    panic!("{} with seed {seed}: {problem}; the input is {}", target.name, path.display());
}

fn keep(name: &str, seed: u64, bytes: &[u8]) -> PathBuf {
    let path = Path::new(&env::temp_dir()).join(format!("avsc-fuzz-{name}-{seed}"));
    fs::write(&path, bytes).unwrap();
    path
}
