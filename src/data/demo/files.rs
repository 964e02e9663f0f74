//! Writing the demo set's HDF5 and npz files.

use std::{fs, ops::ControlFlow, path::Path};

use hdf5_metno::{Dataset, File, FileBuilder, dataset::DatasetBuilder, types::VarLenUnicode};
use npyz::{
    WriterBuilder,
    npz::NpzWriter,
    zip::{CompressionMethod, DateTime, write::FileOptions},
};
use rayon::prelude::*;

use super::{
    DemoError, FOLDERS, NOTICE, Observer, Size,
    plan::{self, Clip, Plan},
    scenes::{Modality, WIDTH, World},
};
use crate::data::LoadProgress;

/// Features of one modality that are held in memory at a time, in bytes. Two such parts live at once,
/// one being written and one being made.
const PART: usize = 2 << 20;

/// Write the HDF5 and npz files of `plan` below the folder `out`.
pub fn write(out: &Path, plan: &Plan, size: Size, seed: u64, observer: Observer<'_>) -> Result<(), DemoError> {
    for folder in FOLDERS {
        let folder = out.join(folder);
        fs::create_dir(&folder).map_err(DemoError::io("making the folder", &folder))?;
    }
    let worlds = Modality::BOTH.map(|modality| World::new(plan, modality, seed));
    let clip_length = size.frames() * WIDTH;
    let clip_bytes = clip_length * size_of::<f32>();
    let mut clips = 0;
    let mut moments = Modality::BOTH.map(|_| Moments::default());

    for (number, split) in plan.splits.iter().enumerate() {
        let paths = FOLDERS.map(|folder| out.join(folder).join(format!("{}.hdf5", split.name)));
        let [audio, video] = &paths;
        let mut files =
            [SplitFile::create(audio, Modality::Audio, size)?, SplitFile::create(video, Modality::Video, size)?];

        let parts: Vec<&[Clip]> = split.clips.chunks((PART / clip_bytes).max(1)).collect();
        let training = number == 0;
        let generate = |clips: &[Clip]| worlds.each_ref().map(|world| Part::new(world, clips, clip_length, training));
        let mut made = parts.first().map(|clips| generate(clips));
        for (i, part) in parts.iter().enumerate() {
            // The library writes on one thread while the others make the next part.
            let (written, next) = rayon::join(
                || made.iter().flatten().zip(&mut files).try_for_each(|(made, file)| file.append(part, &made.features)),
                || parts.get(i + 1).map(|clips| generate(clips)),
            );
            written?;
            for (moments, part) in moments.iter_mut().zip(made.iter().flatten()) {
                part.moments.iter().for_each(|clip| moments.merge(clip));
            }
            made = next;

            clips += 2 * part.len();
            let bytes = (clips * clip_bytes) as u64;
            let what = "writing the demo set".to_owned();
            if observer(LoadProgress { what, clips, total: 2 * plan::CLIPS, bytes }) == ControlFlow::Break(()) {
                return Err(DemoError::Cancelled);
            }
        }
        files.into_iter().try_for_each(SplitFile::close)?;
    }
    FOLDERS.iter().zip(&moments).try_for_each(|(folder, moments)| moments.write(&out.join(folder)))
}

/// The features of consecutive clips.
struct Part {
    /// Row-major, clips × frames × features.
    features: Vec<f32>,
    /// Of each clip, where they are wanted.
    moments: Vec<Moments>,
}

impl Part {
    fn new(world: &World, clips: &[Clip], clip_length: usize, training: bool) -> Self {
        let mut features = vec![0.0; clips.len() * clip_length];
        let moments = features
            .par_chunks_mut(clip_length)
            .zip(clips)
            .filter_map(|(frames, clip)| {
                world.fill(clip, frames);
                training.then(|| Moments::of(frames))
            })
            .collect();
        Self { features, moments }
    }
}

/// One HDF5 file while it is written.
struct SplitFile<'a> {
    path: &'a Path,
    file: File,
    modality: Modality,
    frames: usize,
    /// The label whose clips are being written, and what makes its datasets.
    open: Option<(usize, DatasetBuilder)>,
}

impl<'a> SplitFile<'a> {
    fn create(path: &'a Path, modality: Modality, size: Size) -> Result<Self, DemoError> {
        let create = || {
            // The oldest file format, as h5py writes it and every reader knows it.
            let file = FileBuilder::new().with_fapl(|access| access.libver_earliest()).create_excl(path)?;
            let notice: VarLenUnicode = NOTICE.parse().map_err(|_| "the notice holds a zero byte")?;
            file.new_attr::<VarLenUnicode>().create("demo")?.write_scalar(&notice)?;
            Ok(file)
        };
        let file = create().map_err(DemoError::hdf5(path))?;
        Ok(Self { path, file, modality, frames: size.frames(), open: None })
    }

    /// Write `clips`, whose labels never fall from call to call.
    fn append(&mut self, clips: &[Clip], features: &[f32]) -> Result<(), DemoError> {
        let length = self.frames * WIDTH;
        clips.iter().zip(features.chunks_exact(length)).try_for_each(|(clip, frames)| {
            self.dataset(clip).and_then(|dataset| dataset.write_raw(frames)).map_err(DemoError::hdf5(self.path))
        })
    }

    fn dataset(&mut self, clip: &Clip) -> hdf5_metno::Result<Dataset> {
        let builder = match &self.open {
            Some((label, builder)) if *label == clip.label => builder.clone(),
            _ => {
                let group = self.file.create_group(&clip.label.to_string())?.create_group(self.modality.name())?;
                // Without times in the headers, the same seed gives the same bytes.
                let builder = group.new_dataset_builder().obj_track_times(false);
                self.open = Some((clip.label, builder.clone()));
                builder
            }
        };
        builder.empty::<f32>().shape((self.frames, WIDTH)).create(clip.id.as_str())
    }

    fn close(self) -> Result<(), DemoError> {
        drop(self.open);
        self.file.close().map_err(DemoError::hdf5(self.path))
    }
}

/// Sums over frames, a feature each: what mean and standard deviation need.
struct Moments {
    frames: usize,
    sum: Vec<f64>,
    squares: Vec<f64>,
}

impl Default for Moments {
    fn default() -> Self {
        Self { frames: 0, sum: vec![0.0; WIDTH], squares: vec![0.0; WIDTH] }
    }
}

impl Moments {
    fn of(frames: &[f32]) -> Self {
        let mut moments = Self::default();
        for frame in frames.chunks_exact(WIDTH) {
            moments.frames += 1;
            for ((sum, squares), &value) in moments.sum.iter_mut().zip(&mut moments.squares).zip(frame) {
                *sum += f64::from(value);
                *squares += f64::from(value) * f64::from(value);
            }
        }
        moments
    }

    fn merge(&mut self, other: &Self) {
        self.frames += other.frames;
        self.sum.iter_mut().zip(&other.sum).for_each(|(sum, other)| *sum += other);
        self.squares.iter_mut().zip(&other.squares).for_each(|(sum, other)| *sum += other);
    }

    /// Write `global_mean_std.npz`: mean and population standard deviation, 1 where that is 0.
    fn write(&self, folder: &Path) -> Result<(), DemoError> {
        let count = self.frames as f64;
        let mean: Vec<f64> = self.sum.iter().map(|sum| sum / count).collect();
        let deviation = |(squares, mean): (&f64, &f64)| match squares / count - mean * mean {
            variance if variance > 0.0 => variance.sqrt(),
            _ => 1.0,
        };
        let std = self.squares.iter().zip(&mean).map(deviation).collect();

        let path = folder.join("global_mean_std.npz");
        let write = || {
            let mut npz = NpzWriter::create(&path)?;
            for (name, values) in [("global_mean", mean), ("global_std", std)] {
                // A fixed time, so that the same seed gives the same bytes.
                let stored = FileOptions::default()
                    .last_modified_time(DateTime::default())
                    .compression_method(CompressionMethod::Stored);
                let mut array = npz.array(name, stored)?.default_dtype().shape(&[WIDTH as u64]).begin_nd()?;
                array.extend(values)?;
                array.finish()?;
            }
            npz.zip_writer().finish()?;
            Ok(())
        };
        write().map_err(DemoError::io("writing", &path))
    }
}
