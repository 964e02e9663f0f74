//! Walking the metadata of a feature file: which clips it has, and where their numbers lie.
//!
//! Everything here goes through the HDF5 library, which works one thread at a time. Numbers that
//! lie in the file as the machine holds them are only located, so that they can be read in
//! parallel past the library; all others are read through it, on the way.

use std::path::{Path, PathBuf};

use half::f16;
use hdf5_metno::{Dataset, Datatype, File, Group, LinkType, filters::Filter, types::TypeDescriptor};

use super::{
    Facts, Layout,
    fault::{Fault, open_error},
    pool::{Element, Pool, Pooled},
};
use crate::data::{DataError, Modality};

/// Wider features than this are taken for damage.
const MOST_WIDTH: usize = 65_536;
/// The most bytes that one clip, or one chunk of it, may take in memory.
const MOST_BYTES: u64 = 256 << 20;

/// A feature file under the library.
pub struct Library {
    path: PathBuf,
    modality: Modality,
    bytes: u64,
    max_frames: usize,
    deviations: bool,
    natives: [(Element, Datatype); 3],
    file: File,
}

/// The clips of one label.
pub struct Label {
    pub name: String,
    pub aids: Vec<String>,
    group: Group,
}

/// A clip, found.
pub struct Located {
    /// Frames that the clip has.
    pub frames: usize,
    pub width: usize,
    pub source: Source,
}

/// Where a clip's vector comes from.
pub enum Source {
    /// Frames at (byte offset, number of rows), to be read straight from the file.
    Raw(Element, Vec<(u64, usize)>),
    /// Read through the library already.
    Pooled(Pooled),
}

impl Located {
    /// Bytes of one number, as stored or as the library gave it.
    pub fn element_size(&self) -> u64 {
        match &self.source {
            Source::Raw(element, _) => element.size() as u64,
            Source::Pooled(_) => 8,
        }
    }
}

impl Library {
    /// Open the file at `path`, of `bytes` bytes, whose clips lie under `<label>/<modality>/`.
    pub fn open(
        path: &Path,
        modality: Modality,
        bytes: u64,
        max_frames: usize,
        deviations: bool,
    ) -> Result<Self, DataError> {
        let file = File::open(path).map_err(|error| open_error(path, &error))?;
        let natives = || -> hdf5_metno::Result<_> {
            Ok([
                (Element::F32, Datatype::from_type::<f32>()?),
                (Element::F64, Datatype::from_type::<f64>()?),
                (Element::F16, Datatype::from_type::<f16>()?),
            ])
        };
        let natives = natives().map_err(|error| open_error(path, &error))?;
        Ok(Self { path: path.to_owned(), modality, bytes, max_frames, deviations, natives, file })
    }

    /// Size of the file.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// True where the file is marked as part of the generated demo set.
    pub fn is_demo(&self) -> bool {
        self.file.attr_names().is_ok_and(|names| names.iter().any(|name| name == "demo"))
    }

    /// Every label's clips, by name; labels that cannot be used become problems.
    pub fn labels(&self, problems: &mut Vec<DataError>) -> Vec<Label> {
        let names = match members(&self.file) {
            Ok(names) => names,
            Err(fault) => {
                problems.push(self.error("/", fault));
                return Vec::new();
            }
        };
        let mut labels = Vec::new();
        for name in names {
            match self.label(&name) {
                Ok(label) => labels.push(label),
                Err(fault) => problems.push(self.error(&format!("{name}/{}", self.modality), fault)),
            }
        }
        labels
    }

    fn label(&self, name: &str) -> Result<Label, Fault> {
        let missing = |_| {
            let other = if self.modality == Modality::Audio { Modality::Video } else { Modality::Audio };
            Fault::new(
                "is not a group of clips",
                format!(
                    "clips lie at <label>/{}/<clip>; is this a file of {other} features, or of something else?",
                    self.modality
                ),
            )
        };
        let parent = self.file.group(name).map_err(missing)?;
        let group = parent.group(self.modality.name()).map_err(missing)?;
        Ok(Label { name: name.to_owned(), aids: members(&group)?, group })
    }

    /// Locate or read a clip, and note how it is stored.
    pub fn clip(&self, label: &Label, aid: &str, facts: &mut Facts) -> Result<Located, DataError> {
        let located = match label.group.dataset(aid) {
            Ok(dataset) => self.whole(&dataset, facts),
            Err(error) => match label.group.group(aid) {
                Ok(frames) => self.frames(&frames, facts),
                Err(_) => Err(error.into()),
            },
        };
        located.map_err(|fault| self.error(&format!("{}/{}/{aid}", label.name, self.modality), fault))
    }

    /// A clip as one dataset: frames × width, or one frame.
    fn whole(&self, dataset: &Dataset, facts: &mut Facts) -> Result<Located, Fault> {
        facts.count_layout(Layout::Dataset);
        let shape = dataset.get_shape()?;
        let (frames, width) = match *shape.as_slice() {
            [frames, width] => (frames, width),
            [width] => (1, width),
            _ => return Err(Fault::new(format!("has the shape {shape:?}"), "a clip's shape is frames × width")),
        };
        check_size(frames, width)?;
        let used = frames.min(self.max_frames);
        let source = if let Some((element, offset)) = self.raw(dataset, frames, width, facts)? {
            Source::Raw(element, vec![(offset, used)])
        } else {
            let mut pool = Pool::new(width, self.deviations);
            pool.add_values(&read(dataset, used, width)?);
            Source::Pooled(pool.finish())
        };
        Ok(Located { frames, width, source })
    }

    /// A clip as a group of frames, named by their numbers.
    fn frames(&self, group: &Group, facts: &mut Facts) -> Result<Located, Fault> {
        facts.count_layout(Layout::Frames);
        let mut names = Vec::new();
        for name in members(group)? {
            let number: u64 = name.parse().map_err(|_| {
                let problem = format!("holds `{}`, which is no frame number", name.escape_debug());
                Fault::new(problem, "a clip is a dataset, or a group of frames named 0, 1, 2, …")
            })?;
            names.push((number, name));
        }
        names.sort();
        let frames = names.len();
        let mut pieces = Vec::new();
        let mut element = None;
        let mut pool = None;
        let mut width = 0;
        for (_, name) in names.iter().take(self.max_frames) {
            let dataset = group.dataset(name)?;
            let shape = dataset.get_shape()?;
            let size = shape.iter().try_fold(1usize, |size, &length| size.checked_mul(length)).unwrap_or(usize::MAX);
            if pieces.is_empty() && pool.is_none() {
                width = size;
            }
            if size != width {
                let problem = format!("has a frame {name} of width {size} after frames of width {width}");
                return Err(Fault::new(problem, "compute the features of this clip again"));
            }
            check_size(1, width)?;
            match self.raw(&dataset, 1, width, facts)? {
                Some((found, offset)) if pool.is_none() && element.is_none_or(|element| element == found) => {
                    element = Some(found);
                    pieces.push((offset, 1));
                }
                _ if pieces.is_empty() => {
                    let pool = pool.get_or_insert_with(|| Pool::new(width, self.deviations));
                    pool.add_values(&read(&dataset, 1, width)?);
                }
                _ => {
                    let problem = format!("has a frame {name} that is stored otherwise than the frames before it");
                    return Err(Fault::new(problem, "write all frames of a clip with one data type and storage"));
                }
            }
        }
        let source = match (pool, element) {
            (Some(pool), _) => Source::Pooled(pool.finish()),
            (None, Some(element)) => Source::Raw(element, pieces),
            (None, None) => return Err(Fault::no_frames()),
        };
        Ok(Located { frames, width, source })
    }

    /// Element type and byte offset of a dataset that lies in one piece, as the machine holds it.
    fn raw(
        &self,
        dataset: &Dataset,
        frames: usize,
        width: usize,
        facts: &mut Facts,
    ) -> Result<Option<(Element, u64)>, Fault> {
        let dtype = dataset.dtype()?;
        let native = self.natives.iter().find(|(_, native)| *native == dtype).map(|&(element, _)| element);
        if let Some(element) = native {
            facts.count_native(element);
        } else {
            match dtype.to_descriptor() {
                Ok(descriptor @ TypeDescriptor::Float(_)) => facts.count_other(&descriptor, dtype.byte_order()),
                Ok(other) => return Err(Fault::bad_type(&other.to_string())),
                Err(_) => return Err(Fault::bad_type("numbers of an unknown type")),
            }
        }
        let (Some(element), Some(offset)) = (native, dataset.offset()) else {
            return check_chunks(dataset, facts).map(|()| None);
        };
        let bytes = (frames as u64).saturating_mul((width * element.size()) as u64);
        // A dataset that was never written has no place in the file, whatever its offset says.
        if dataset.storage_size() != bytes {
            return Ok(None);
        }
        if offset.checked_add(bytes).is_none_or(|end| end > self.bytes) {
            return Err(Fault::new("ends after the end of the file", "the file was cut short: copy it again"));
        }
        Ok(Some((element, offset)))
    }

    fn error(&self, dataset: &str, Fault { problem, remedy }: Fault) -> DataError {
        DataError::dataset(&self.path, dataset, problem, remedy)
    }
}

/// The names in a group, in their own order; links out of the file are refused.
fn members(group: &Group) -> Result<Vec<String>, Fault> {
    let mut names = Vec::new();
    let mut outside = None;
    group.iter_visit_default(|name, link| {
        if link.link_type == LinkType::External {
            outside = Some(name.to_owned());
        }
        names.push(name.to_owned());
        Ok(())
    })?;
    match outside {
        None => Ok(names),
        Some(name) => {
            let problem = format!("holds `{}`, a link to another file", name.escape_debug());
            Err(Fault::new(problem, "copy what the link points to into this file"))
        }
    }
}

fn check_size(frames: usize, width: usize) -> Result<(), Fault> {
    if frames == 0 {
        Err(Fault::no_frames())
    } else if width == 0 || width > MOST_WIDTH {
        Err(Fault::new(format!("has frames of width {width}"), format!("1 to {MOST_WIDTH} are read")))
    } else {
        Ok(())
    }
}

/// Refuse chunks that the library would need too much memory for; note chunks and filters.
fn check_chunks(dataset: &Dataset, facts: &mut Facts) -> Result<(), Fault> {
    let Some(chunk) = dataset.chunk() else { return Ok(()) };
    let bytes = chunk.iter().fold(8u64, |size, &length| size.saturating_mul(length as u64));
    if bytes > MOST_BYTES {
        return Err(Fault::new(format!("is stored in chunks of {chunk:?}"), "write it with chunks of one clip"));
    }
    facts.count_chunked(dataset.filters().iter().map(filter_name));
    Ok(())
}

fn filter_name(filter: &Filter) -> String {
    match filter {
        Filter::Deflate(level) => format!("gzip {level}"),
        Filter::Shuffle => "shuffle".to_owned(),
        Filter::Fletcher32 => "fletcher32".to_owned(),
        Filter::LZF => "lzf".to_owned(),
        Filter::User(id, _) => format!("filter {id}"),
        other => format!("{other:?}"),
    }
}

/// The first `used` rows through the library, as float64.
fn read(dataset: &Dataset, used: usize, width: usize) -> Result<Vec<f64>, Fault> {
    if (used as u64).saturating_mul(width as u64 * 8) > MOST_BYTES {
        let problem = format!("has {used} frames of width {width} to be read at once");
        return Err(Fault::new(problem, "set data.max_frames lower, or store the set uncompressed"));
    }
    let values = if dataset.ndim() == 2 && dataset.shape().first() != Some(&used) {
        dataset.read_slice_2d::<f64, _>((..used, ..)).map(|values| values.into_iter().collect())
    } else {
        dataset.read_raw::<f64>()
    };
    values.map_err(|error| Fault {
        remedy: "the file is damaged, or its compression is not one of gzip and lzf: write it again".to_owned(),
        ..Fault::from(error)
    })
}
