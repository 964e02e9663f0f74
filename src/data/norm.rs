//! Normalisation: subtract the mean and divide by the standard deviation over all training frames.

use std::{
    fs::File,
    io::{Cursor, Read},
    path::Path,
};

use npyz::{NpyFile, npz::NpzArchive};

use super::{DataError, assemble::RawClip};

/// The most bytes that an array of statistics may take.
const MOST_BYTES: u64 = 1 << 20;

/// What to normalise a modality with.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    pub mean: Vec<f64>,
    pub std: Vec<f64>,
}

impl Statistics {
    /// Read the arrays `global_mean` and `global_std`, float64 or float32, from a `.npz` file.
    ///
    /// # Errors
    /// If the file cannot be read, lacks an array, has another width than `width`, or values to
    /// which nothing can be normalised.
    pub fn read(path: &Path, width: usize) -> Result<Self, DataError> {
        let mut file = File::open(path).map_err(|error| DataError::io("opening", path, error))?;
        let remedy = "compute the statistics again, or remove the file: they are then computed from the training split";
        let refuse = |problem: String| DataError::file(path, problem, remedy);
        let mut archive = NpzArchive::new(&mut file).map_err(|error| refuse(format!("not a .npz file ({error})")))?;
        let mut vector = |key: &str| {
            let values = read_array(&mut archive, key).map_err(|problem| refuse(format!("`{key}` {problem}")))?;
            if values.len() != width {
                return Err(refuse(format!("`{key}` has {} values, while the features have {width}", values.len())));
            }
            if let Some(value) = values.iter().find(|value| !value.is_finite()) {
                return Err(refuse(format!("`{key}` holds {value}")));
            }
            Ok(values)
        };
        let (mean, std) = (vector("global_mean")?, vector("global_std")?);
        if let Some(value) = std.iter().find(|value| **value <= 0.0) {
            return Err(refuse(format!("`global_std` holds {value}; all must be over 0")));
        }
        Ok(Self { mean, std })
    }

    /// Population statistics over the first `max_frames` frames of the clips, which were pooled
    /// with deviations; the std is 1 where the variance is 0. Merges the clips' own statistics.
    pub(super) fn compute(clips: &[RawClip], max_frames: usize, width: usize) -> Self {
        let mut total = 0.0;
        let mut mean = vec![0.0; width];
        let mut squares = vec![0.0; width];
        for clip in clips {
            let frames = clip.frames.min(max_frames) as f64;
            let before = total;
            total += frames;
            let Some(own) = &clip.pooled.squares else { continue };
            for (((mean, squares), clip_mean), own) in mean.iter_mut().zip(&mut squares).zip(&clip.pooled.mean).zip(own)
            {
                let delta = clip_mean - *mean;
                *mean += delta * frames / total;
                *squares += own + delta * delta * before * frames / total;
            }
        }
        let std = mean.iter().zip(&squares).map(|(mean, squares): (&f64, &f64)| {
            let std = (squares / total).sqrt();
            // What rounding leaves of a constant is no spread.
            if std <= 1e-12 * mean.abs() { 1.0 } else { std }
        });
        let std = std.collect();
        Self { mean, std }
    }

    /// Append the normalised vectors, computed in float64 and rounded once.
    pub(super) fn apply(&self, vector: &[f64], out: &mut Vec<f32>) {
        let normalised = vector.iter().zip(&self.mean).zip(&self.std);
        out.extend(normalised.map(|((value, mean), std)| ((value - mean) / std) as f32));
    }
}

fn read_array(archive: &mut NpzArchive<&mut File>, key: &str) -> Result<Vec<f64>, String> {
    let mut bytes = Vec::new();
    let entry = archive.zip_archive().by_name(&npyz::npz::file_name_from_array_name(key));
    let entry = entry.map_err(|error| format!("is not there ({error})"))?;
    // The whole entry first, so that no size it claims is believed.
    entry.take(MOST_BYTES).read_to_end(&mut bytes).map_err(|error| format!("cannot be read ({error})"))?;
    if let [_, _, _, _, _, _, version, _, length @ ..] = bytes.as_slice()
        && *version >= 2
        && length.first_chunk().is_none_or(|length| u64::from(u32::from_le_bytes(*length)) > MOST_BYTES)
    {
        return Err("has a damaged header".to_owned());
    }
    let unreadable = |error: std::io::Error| format!("cannot be read ({error})");
    let array = NpyFile::new(Cursor::new(&bytes)).map_err(unreadable)?;
    let &[length] = array.shape() else { return Err(format!("has the shape {:?}", array.shape())) };
    if length > bytes.len() as u64 {
        return Err(format!("claims {length} values in {} bytes", bytes.len()));
    }
    match array.try_data::<f64>() {
        Ok(values) => values.collect::<Result<_, _>>().map_err(unreadable),
        Err(array) => match array.try_data::<f32>() {
            Ok(values) => values.map(|value| value.map(f64::from)).collect::<Result<_, _>>().map_err(unreadable),
            Err(array) => Err(format!("holds {}", array.dtype().descr())),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::reader::Pooled;

    #[test]
    fn statistics_of_clips_are_those_of_their_frames() {
        // Frames 1, 2, 3 and 7, 9; the second feature never changes.
        let clips = [(3, [2.0, 0.1], [2.0, 0.0]), (2, [8.0, 0.1], [2.0, 0.0])].map(|(frames, mean, squares)| RawClip {
            frames,
            pooled: Pooled { mean: mean.to_vec(), squares: Some(squares.to_vec()) },
        });
        let statistics = Statistics::compute(&clips, 96, 2);
        assert!((statistics.mean[0] - 4.4).abs() < 1e-14);
        assert!((statistics.std[0] - 9.44f64.sqrt()).abs() < 1e-14);
        assert!((statistics.std[1] - 1.0).abs() < f64::EPSILON);
        let mut out = Vec::new();
        Statistics { mean: vec![1.0, 2.0], std: vec![2.0, 1.0] }.apply(&[3.0, 1.5], &mut out);
        assert_eq!(out, [1.0, -0.5]);
    }
}
