//! Reading feature files: the library walks the metadata on one thread while the numbers that it
//! located are read and pooled by all others.

mod facts;
mod fault;
mod pool;
mod walk;

use std::{
    fs::File,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

pub use facts::{Facts, Layout};
pub use pool::Pooled;
use pool::{Element, Pool};
use walk::{Label, Library, Located, Source};

use super::{DataError, Modality, SplitName, progress::Progress};

/// Clips that a thread takes at a time.
const BATCH: usize = 32;
/// Bytes read at a time: they stay in a core's cache until they are summed.
const BLOCK: usize = 192 << 10;

/// A file to read.
#[derive(Clone, Debug)]
pub struct Job {
    pub path: PathBuf,
    pub split: SplitName,
    pub modality: Modality,
    /// Frames of a clip that are used, from its start.
    pub max_frames: usize,
    /// Whether the variance over the frames is wanted.
    pub deviations: bool,
}

/// Whether a first problem ends the reading, or all problems are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnProblem {
    Stop,
    Collect,
}

/// What a file holds.
#[derive(Debug, Default)]
pub struct FileRead {
    /// Marked as part of the generated demo set.
    pub demo: bool,
    pub bytes: u64,
    /// The clips that could be read, in the order of their ids.
    pub clips: Vec<Clip>,
    pub facts: Facts,
    /// Everything that is wrong, in the order of the datasets.
    pub problems: Vec<DataError>,
}

impl FileRead {
    /// True where no problem took more than single clips away.
    pub fn is_whole(&self) -> bool {
        self.problems.iter().all(|problem| problem.place().matches('/').count() == 2)
    }
}

/// A clip of one modality.
#[derive(Debug)]
pub struct Clip {
    /// The first component of the dataset's path.
    pub label: String,
    pub aid: String,
    /// Frames that the clip has, of which the first `max_frames` were used.
    pub frames: usize,
    pub pooled: Pooled,
}

struct Task {
    label: String,
    aid: String,
    located: Located,
}

/// Read all files; the order of the results is that of the jobs.
///
/// # Errors
/// [`DataError::Cancelled`]. What is wrong with the files is in [`FileRead::problems`].
pub fn read_files(jobs: &[Job], on_problem: OnProblem, progress: &Progress) -> Result<Vec<FileRead>, DataError> {
    progress.report("opening the features");
    let stop = AtomicBool::new(false);
    let halted = || stop.load(Ordering::Relaxed) || progress.is_cancelled();
    let mut opened = Vec::with_capacity(jobs.len());
    let mut walks = Vec::with_capacity(jobs.len());
    for job in jobs {
        progress.advance("opening the features", 0, 0);
        progress.check()?;
        let (file, walk) = Opened::new(job);
        progress.expect(walk.iter().flat_map(|walk| &walk.labels).map(|label| label.aids.len()).sum());
        if on_problem == OnProblem::Stop && file.has_problems() {
            stop.store(true, Ordering::Relaxed);
        }
        opened.push(file);
        walks.push(walk);
    }
    rayon::scope(|scope| {
        // Each library handle is dropped after its walk, and with it the library's own caches.
        for (file, walk) in opened.iter().zip(walks) {
            let Some(walk) = walk else { continue };
            let mut facts = Facts::default();
            for label in &walk.labels {
                for aids in label.aids.chunks(BATCH) {
                    progress.advance(&file.what, 0, 0);
                    if halted() {
                        return;
                    }
                    let tasks = file.locate(&walk.library, label, aids, &mut facts);
                    scope.spawn(|_| {
                        if !halted() {
                            file.pool(tasks, progress);
                        }
                    });
                    if on_problem == OnProblem::Stop && file.has_problems() {
                        stop.store(true, Ordering::Relaxed);
                    }
                    // With one thread nobody else would read what was located before all of it was.
                    if rayon::current_num_threads() == 1 {
                        rayon::yield_now();
                    }
                }
            }
            lock(&file.read).facts = facts;
        }
    });
    progress.report("reading the features");
    progress.check()?;
    Ok(opened.into_iter().map(Opened::finish).collect())
}

/// A file while it is being read.
struct Opened<'a> {
    job: &'a Job,
    what: String,
    /// The file past the library; none where it could not be opened.
    file: Option<File>,
    read: Mutex<FileRead>,
}

/// A file under the library, and its clips by label.
struct Walk {
    library: Library,
    labels: Vec<Label>,
}

impl<'a> Opened<'a> {
    fn new(job: &'a Job) -> (Self, Option<Walk>) {
        let mut read = FileRead::default();
        let (file, walk) = match open(job) {
            Ok((file, library)) => {
                read.bytes = library.bytes();
                read.demo = library.is_demo();
                let labels = library.labels(&mut read.problems);
                (Some(file), Some(Walk { library, labels }))
            }
            Err(error) => {
                read.problems.push(error);
                (None, None)
            }
        };
        let what = format!("reading {}, {}", job.split, job.modality);
        (Self { job, what, file, read: Mutex::new(read) }, walk)
    }

    fn has_problems(&self) -> bool {
        !lock(&self.read).problems.is_empty()
    }

    /// Locate some clips of a label.
    fn locate(&self, library: &Library, label: &Label, aids: &[String], facts: &mut Facts) -> Vec<Task> {
        let mut tasks = Vec::with_capacity(aids.len());
        for aid in aids {
            match library.clip(label, aid, facts) {
                Ok(located) => tasks.push(Task { label: label.name.clone(), aid: aid.clone(), located }),
                Err(error) => lock(&self.read).problems.push(error),
            }
        }
        tasks
    }

    /// Read and pool what was located.
    fn pool(&self, tasks: Vec<Task>, progress: &Progress) {
        let Some(file) = &self.file else { return };
        let mut clips = Vec::with_capacity(tasks.len());
        let mut problems = Vec::new();
        let mut buffer = Vec::new();
        for Task { label, aid, located } in tasks {
            if progress.is_cancelled() {
                return;
            }
            let place = || format!("{label}/{}/{aid}", self.job.modality);
            let (width, frames) = (located.width, located.frames);
            let bytes = (frames.min(self.job.max_frames) * width) as u64 * located.element_size();
            let pooled = match located.source {
                Source::Pooled(pooled) => Ok(pooled),
                Source::Raw(element, pieces) => {
                    read_raw(file, element, &pieces, width, self.job.deviations, &mut buffer)
                }
            };
            progress.advance(&self.what, 1, bytes);
            match pooled {
                Ok(pooled) if pooled.mean.iter().all(|value| value.is_finite()) => {
                    clips.push(Clip { label, aid, frames, pooled });
                }
                Ok(_) => problems.push(DataError::dataset(
                    &self.job.path,
                    place(),
                    "holds NaN or infinite values",
                    "compute the features of this clip again, or remove it from both files",
                )),
                Err(error) => problems.push(DataError::dataset(
                    &self.job.path,
                    place(),
                    format!("cannot be read ({error})"),
                    "if the file is still being written or copied, wait until that is done",
                )),
            }
        }
        let mut read = lock(&self.read);
        read.clips.append(&mut clips);
        read.problems.append(&mut problems);
    }

    fn finish(self) -> FileRead {
        let mut read = self.read.into_inner().unwrap_or_else(PoisonError::into_inner);
        // The threads finish in any order; the result must not depend on it.
        read.clips.sort_by(|a, b| (&a.aid, &a.label).cmp(&(&b.aid, &b.label)));
        read.problems.sort_by(|a, b| a.place().cmp(b.place()));
        read
    }
}

fn open(job: &Job) -> Result<(File, Library), DataError> {
    let open = |path: &Path| -> std::io::Result<(File, u64)> {
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        Ok((file, bytes))
    };
    let (file, bytes) = open(&job.path).map_err(|error| DataError::io("opening", &job.path, error))?;
    let library = Library::open(&job.path, job.modality, bytes, job.max_frames, job.deviations)?;
    Ok((file, library))
}

/// Read frames straight from the file, some rows at a time.
fn read_raw(
    file: &File,
    element: Element,
    pieces: &[(u64, usize)],
    width: usize,
    deviations: bool,
    buffer: &mut Vec<u8>,
) -> std::io::Result<Pooled> {
    let row = width * element.size();
    // Whole steps of the pool's four frames, so that the sums do not depend on the block's size.
    let block = (BLOCK / row / 4 * 4).max(4);
    let mut pool = Pool::new(width, deviations);
    for &(offset, rows) in pieces {
        let mut offset = offset;
        let mut left = rows;
        while left > 0 {
            let now = left.min(block);
            buffer.resize(now * row, 0);
            file.read_exact_at(buffer, offset)?;
            pool.add_bytes(element, buffer);
            offset += (now * row) as u64;
            left -= now;
        }
    }
    Ok(pool.finish())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
