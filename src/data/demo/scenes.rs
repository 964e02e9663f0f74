//! What a scene looks and sounds like: a generative model of feature vectors.
//!
//! Every clip has a latent vector a modality. It is the mean of its class, moved towards a lookalike
//! class where the location resembles one, plus an offset of its class in its city, an offset of its
//! location, and noise of its own. A fixed random map takes it to the feature space. Test locations
//! have offsets that training never saw; that is the generalisation gap. The amounts below were tuned
//! until training with the default recipe gave the scores and the curves that real features give.

use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::plan::{CITIES, CLASSES, Clip, Plan};

/// Width of a feature vector.
pub const WIDTH: usize = 512;

/// Width of the latent space: one direction a class, [`FAMILIES`] further ones, the rest free.
const LATENT: usize = 48;
const FAMILIES: usize = 3;

type Latent = [f32; LATENT];
type Rng = Xoshiro256PlusPlus;

/// One of the two kinds of feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modality {
    Audio,
    Video,
}

impl Modality {
    pub const BOTH: [Self; 2] = [Self::Audio, Self::Video];

    /// As in dataset paths.
    pub fn name(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Video => "video",
        }
    }

    fn taste(self) -> Taste {
        match self {
            // By ear, bus, metro and tram are one family; indoor places and pedestrian ones are others.
            Self::Audio => Taste {
                distinct: [3.0, 2.4, 2.2, 3.2, 5.5, 3.2, 3.4, 3.0, 5.0, 2.4].map(|x: f32| x * 1.57),
                families: [(&[1, 2, 9], 4.0), (&[0, 3, 6], 2.5), (&[5, 7], 2.5)],
            },
            // By eye, all places where people walk are one family, and bus and tram another.
            Self::Video => Taste {
                distinct: [2.6, 3.6, 3.6, 3.0, 5.5, 2.6, 2.6, 2.6, 5.0, 3.6].map(|x: f32| x * 1.3),
                families: [(&[0, 3, 5, 6, 7], 4.0), (&[1, 9], 3.0), (&[2], 3.0)],
            },
        }
    }
}

/// Which classes a modality tells apart.
struct Taste {
    /// How far each class's mean lies in a direction of its own.
    distinct: [f32; CLASSES.len()],
    /// Classes that share a further direction, and how far they lie in it.
    families: [(&'static [usize], f32); FAMILIES],
}

/// Standard deviations in the latent space.
const CITY: f32 = 0.7;
const LOCATION: f32 = 1.3;
const CLIP: f32 = 1.05;

/// Standard deviations in the feature space: of a clip, and of its frames around it.
const CLIP_FEATURE: f32 = 0.17;
const FRAME_FEATURE: f32 = 1.0;

/// The random streams of a set: each thing drawn has its own, so that the order of work is free.
#[derive(Clone, Copy, Debug)]
pub enum Stream {
    Plan,
    World(Modality),
    Clip(Modality, usize),
}

/// The random numbers of `stream` in the set of this seed.
pub fn stream(seed: u64, stream: Stream) -> Rng {
    let number = match stream {
        Stream::Plan => 0,
        Stream::World(modality) => 1 + modality as u64,
        Stream::Clip(modality, index) => 3 + 2 * index as u64 + modality as u64,
    };
    let key: u64 = Rng::seed_from_u64(seed).random();
    Rng::seed_from_u64(key ^ number)
}

fn normal(rng: &mut Rng) -> f32 {
    rng.sample(StandardNormal)
}

/// Everything that the clips of one modality have in common.
#[derive(Debug)]
pub struct World {
    modality: Modality,
    seed: u64,
    /// Latent mean of each location's clips.
    places: Vec<Latent>,
    /// Row-major, latent × feature.
    mixing: Vec<f32>,
    bias: Vec<f32>,
    /// Features are positive and differ in size, as those of real embedding networks do.
    shift: Vec<f32>,
    scale: Vec<f32>,
}

impl World {
    pub fn new(plan: &Plan, modality: Modality, seed: u64) -> Self {
        let rng = &mut stream(seed, Stream::World(modality));
        let gain = (LATENT as f32).sqrt().recip();
        let mixing = (0..LATENT * WIDTH).map(|_| gain * normal(rng)).collect();
        let bias = (0..WIDTH).map(|_| 0.5 * normal(rng)).collect();
        let shift = (0..WIDTH).map(|_| rng.random_range(2.0..5.0)).collect();
        let scale = (0..WIDTH).map(|_| (0.5 * normal(rng)).exp()).collect();
        Self { modality, seed, places: places(plan, modality, rng), mixing, bias, shift, scale }
    }

    /// Fill `frames` (frames × features) with a clip.
    ///
    /// Frames come in pairs on either side of the clip's own vector, so that their mean is that vector
    /// whatever their number: sets of any size train alike.
    pub fn fill(&self, clip: &Clip, frames: &mut [f32]) {
        let rng = &mut stream(self.seed, Stream::Clip(self.modality, clip.index));
        let centre = self.centre(clip, rng);
        for pair in frames.chunks_mut(2 * WIDTH) {
            let (first, second) = pair.split_at_mut(WIDTH.min(pair.len()));
            first.copy_from_slice(&centre);
            if second.is_empty() {
                return;
            }
            for ((first, second), scale) in first.iter_mut().zip(second).zip(&self.scale) {
                let noise = FRAME_FEATURE * scale * normal(rng);
                *second = *first - noise;
                *first += noise;
            }
        }
    }

    /// The clip's own vector.
    fn centre(&self, clip: &Clip, rng: &mut Rng) -> [f32; WIDTH] {
        let mut features = [0.0; WIDTH];
        features.copy_from_slice(&self.bias);
        for (mean, row) in self.places[clip.location].iter().zip(self.mixing.chunks_exact(WIDTH)) {
            let latent = mean + CLIP * normal(rng);
            features.iter_mut().zip(row).for_each(|(feature, weight)| *feature += latent * weight);
        }
        for ((feature, shift), scale) in features.iter_mut().zip(&self.shift).zip(&self.scale) {
            // A smooth ramp: nearly 0 far below 0, nearly the identity far above.
            let ramp = 0.5 * (*feature + (*feature * *feature + 2.0).sqrt());
            *feature = shift + scale * (ramp + CLIP_FEATURE * normal(rng));
        }
        features
    }
}

/// Latent mean of every location.
fn places(plan: &Plan, modality: Modality, rng: &mut Rng) -> Vec<Latent> {
    let means = means(&modality.taste());
    let draw = |rng: &mut Rng| [0.0; LATENT].map(|_| normal(rng));
    let cities: Vec<Latent> = (0..CLASSES.len() * CITIES.len()).map(|_| draw(rng)).collect();
    let mut places = Vec::with_capacity(plan.locations.len());
    for locations in plan.locations.chunk_by(|one, next| one.label == next.label) {
        let mut offsets: Vec<Latent> = locations
            .iter()
            .map(|location| {
                let (city, own) = (&cities[location.label * CITIES.len() + location.city], draw(rng));
                std::array::from_fn(|k| CITY * city[k] + LOCATION * own[k])
            })
            .collect();
        standardise(&mut offsets, CITY.hypot(LOCATION));
        for (location, offset) in locations.iter().zip(offsets) {
            let (own, other) = (&means[location.label], &means[location.lookalike]);
            places.push(std::array::from_fn(|k| own[k] + location.likeness * (other[k] - own[k]) + offset[k]));
        }
    }
    places
}

/// Give the offsets mean 0 and deviation `spread`, so that a split with few locations is as hard as
/// one with many, and every seed makes a set that is as hard as the next.
fn standardise(offsets: &mut [Latent], spread: f32) {
    let count = offsets.len() as f32;
    for k in 0..LATENT {
        let mean = offsets.iter().map(|offset| offset[k]).sum::<f32>() / count;
        let variance = offsets.iter().map(|offset| (offset[k] - mean).powi(2)).sum::<f32>() / count;
        let scale = spread / variance.sqrt().max(0.1 * spread);
        for offset in offsets.iter_mut() {
            offset[k] = scale * (offset[k] - mean);
        }
    }
}

/// Latent mean of every class.
fn means(taste: &Taste) -> [Latent; CLASSES.len()] {
    let mut means = [[0.0; LATENT]; CLASSES.len()];
    for (label, distinct) in taste.distinct.into_iter().enumerate() {
        means[label][label] = distinct;
    }
    for (family, (labels, weight)) in taste.families.into_iter().enumerate() {
        for &label in labels {
            means[label][CLASSES.len() + family] = weight;
        }
    }
    means
}
