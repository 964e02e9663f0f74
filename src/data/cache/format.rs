//! The bytes of a cached set: a mark, the length of the header, a checksum over all that follows,
//! the header in JSON, and the vectors as little-endian float32.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::Key;
use crate::data::{Dataset, Split};

/// Begins with a name and ends with the version of this format.
const MARK: [u8; 8] = *b"AVSCSET1";
/// Mark, length and checksum.
const PREFIX: usize = 24;

#[derive(Serialize, Deserialize)]
struct Header {
    key: Key,
    classes: Vec<String>,
    audio_width: usize,
    video_width: usize,
    fingerprint: String,
    demo: bool,
    notes: Vec<String>,
    splits: [Clips; 3],
}

#[derive(Serialize, Deserialize)]
struct Clips {
    ids: Vec<String>,
    labels: Vec<usize>,
}

/// The parts of the file, in order.
pub fn encode(key: &Key, set: &Dataset) -> Vec<Vec<u8>> {
    let splits = [&set.train, &set.val, &set.test];
    let header = Header {
        key: key.clone(),
        classes: set.classes.clone(),
        audio_width: set.audio_width,
        video_width: set.video_width,
        fingerprint: set.fingerprint.clone(),
        demo: set.demo,
        notes: set.notes.clone(),
        splits: splits.map(|split| Clips { ids: split.ids.clone(), labels: split.labels.clone() }),
    };
    // Plain data with text keys always serialises.
    let header = serde_json::to_vec(&header).unwrap_or_default();
    let mut parts = vec![Vec::new(), header];
    parts.extend(splits.into_iter().flat_map(|split| [bytes_of(&split.audio), bytes_of(&split.video)]));
    let mut sum = Xxh3::new();
    for part in &parts {
        sum.update(part);
    }
    let length = parts.get(1).map_or(0, Vec::len) as u64;
    if let Some(prefix) = parts.first_mut() {
        prefix.extend(MARK);
        prefix.extend(length.to_le_bytes());
        prefix.extend(sum.digest().to_le_bytes());
    }
    parts
}

/// The key and the set; none where the bytes are not what [`encode`] made.
pub fn decode(bytes: &[u8]) -> Option<(Key, Dataset)> {
    let (prefix, body) = bytes.split_at_checked(PREFIX)?;
    let (mark, prefix) = prefix.split_first_chunk::<8>()?;
    let (length, prefix) = prefix.split_first_chunk::<8>()?;
    let sum = prefix.first_chunk::<8>()?;
    if *mark != MARK || u64::from_le_bytes(*sum) != xxh3_64(body) {
        return None;
    }
    let (header, mut vectors) = body.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    let Header { key, classes, audio_width, video_width, fingerprint, demo, notes, splits } =
        serde_json::from_slice(header).ok()?;
    let [train, val, test] = splits;
    let mut split = |clips: Clips| {
        let rows = clips.ids.len();
        let audio = take(&mut vectors, rows.checked_mul(audio_width)?)?;
        let video = take(&mut vectors, rows.checked_mul(video_width)?)?;
        (clips.labels.len() == rows).then_some(Split { ids: clips.ids, labels: clips.labels, audio, video })
    };
    let (train, val, test) = (split(train)?, split(val)?, split(test)?);
    let source = String::new();
    let set = Dataset {
        classes,
        train,
        val,
        test,
        audio_width,
        video_width,
        source,
        fingerprint,
        demo,
        from_cache: true,
        notes,
    };
    vectors.is_empty().then_some((key, set))
}

/// Hash of ids, labels and vectors, hexadecimal.
pub fn fingerprint(splits: [&Split; 3]) -> String {
    let mut hash = Xxh3::new();
    for split in splits {
        hash.update(&(split.len() as u64).to_le_bytes());
        for (id, label) in split.ids.iter().zip(&split.labels) {
            hash.update(&(id.len() as u64).to_le_bytes());
            hash.update(id.as_bytes());
            hash.update(&(*label as u64).to_le_bytes());
        }
        // In pieces: a copy of all vectors would cost more than the hash.
        for piece in [&split.audio, &split.video].into_iter().flat_map(|vectors| vectors.chunks(4096)) {
            hash.update(&bytes_of(piece));
        }
    }
    format!("{:032x}", hash.digest128())
}

fn bytes_of(values: &[f32]) -> Vec<u8> {
    let mut bytes = vec![0; values.len() * 4];
    for (bytes, value) in bytes.as_chunks_mut().0.iter_mut().zip(values) {
        *bytes = value.to_le_bytes();
    }
    bytes
}

fn take(bytes: &mut &[u8], values: usize) -> Option<Vec<f32>> {
    let (taken, rest) = bytes.split_at_checked(values.checked_mul(4)?)?;
    *bytes = rest;
    Some(taken.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}
