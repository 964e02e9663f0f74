//! Which clips the demo set has: classes, cities, locations and splits, sized as the real set's.

use rand::{RngExt, seq::SliceRandom};

use super::scenes::{self, Stream};

/// Class names in label order.
pub const CLASSES: [&str; 10] = [
    "airport",
    "bus",
    "metro",
    "metro_station",
    "park",
    "public_square",
    "shopping_mall",
    "street_pedestrian",
    "street_traffic",
    "tram",
];

/// City names in the real set's order.
pub const CITIES: [&str; 12] = [
    "amsterdam",
    "barcelona",
    "helsinki",
    "lisbon",
    "london",
    "lyon",
    "madrid",
    "milan",
    "prague",
    "paris",
    "stockholm",
    "vienna",
];

/// Clips of all splits.
pub const CLIPS: usize = 7_907 + 739 + 3_645;

/// Locations are numbered from here; real ones have smaller numbers.
pub const FIRST_LOCATION: usize = 9_000;

/// Clips are numbered from here, over all splits.
const FIRST_SEGMENT: usize = 50_000;

/// Name, clips and locations of each split.
const SPLITS: [(&str, usize, usize); 3] = [("train", 7_907, 274), ("val", 739, 48), ("test", 3_645, 126)];

/// Test clips of each class in the real set; the other splits have the same proportions.
const SUPPORT: [usize; 10] = [281, 327, 360, 386, 386, 387, 387, 421, 402, 308];

/// The classes that a location of each class may resemble, for the eye and the ear alike.
const LOOKALIKES: [&[usize]; 10] =
    [&[6, 3], &[9, 2], &[9, 3], &[6, 0, 2], &[5, 8], &[7, 8], &[0, 7], &[5, 6], &[5, 4], &[1, 2]];

/// How far the hardest location of a class lies on the way to its lookalike.
const HARDEST: f32 = 0.64;

/// Clips of one location are cuts of one recording, so a location is in one split only.
#[derive(Debug)]
pub struct Location {
    pub label: usize,
    /// Index into [`CITIES`].
    pub city: usize,
    /// A label that this place is a little like.
    pub lookalike: usize,
    /// How much: 0 not at all, 1 entirely.
    pub likeness: f32,
}

#[derive(Debug)]
pub struct Clip {
    pub id: String,
    pub label: usize,
    /// Index into [`Plan::locations`].
    pub location: usize,
    /// Position over all splits: the number of its random stream.
    pub index: usize,
}

#[derive(Debug)]
pub struct Split {
    pub name: &'static str,
    /// Sorted by label and id, the order in which HDF5 lists them.
    pub clips: Vec<Clip>,
}

#[derive(Debug)]
pub struct Plan {
    pub locations: Vec<Location>,
    pub splits: Vec<Split>,
}

impl Plan {
    /// The same plan for the same seed.
    pub fn new(seed: u64) -> Self {
        let rng = &mut scenes::stream(seed, Stream::Plan);
        let mut tour: Vec<usize> = (0..CITIES.len()).collect();
        tour.shuffle(rng);

        let mut plan = Self { locations: Vec::new(), splits: Vec::new() };
        let mut index = 0;
        for (name, clips, locations) in SPLITS {
            let mut split = Split { name, clips: Vec::with_capacity(clips) };
            let shares = share(clips, &SUPPORT).into_iter().zip(share(locations, &SUPPORT));
            for (label, (clips, locations)) in shares.enumerate() {
                let weights: Vec<usize> = (0..locations).map(|_| rng.random_range(60..=140)).collect();
                let mut ranks: Vec<usize> = (0..locations).collect();
                ranks.shuffle(rng);
                for (size, rank) in share(clips, &weights).into_iter().zip(ranks) {
                    let location = plan.locations.len();
                    let city = tour[location % CITIES.len()];
                    let lookalikes = LOOKALIKES[label];
                    // Evenly spread, most locations being typical: every split is equally hard.
                    let spread = (rank as f32 + 0.5) / locations as f32;
                    plan.locations.push(Location {
                        label,
                        city,
                        lookalike: lookalikes[rng.random_range(0..lookalikes.len())],
                        likeness: HARDEST * spread * spread,
                    });
                    for _ in 0..size {
                        let (class, city) = (CLASSES[label], CITIES[city]);
                        let (place, segment) = (FIRST_LOCATION + location, FIRST_SEGMENT + index);
                        split.clips.push(Clip {
                            id: format!("{class}-{city}-{place}-{segment}"),
                            label,
                            location,
                            index,
                        });
                        index += 1;
                    }
                }
            }
            split.clips.sort_by(|a, b| (a.label, &a.id).cmp(&(b.label, &b.id)));
            plan.splits.push(split);
        }
        plan
    }
}

/// Divide `total` in proportion to `weights`: whole numbers that add up, by largest remainder.
fn share(total: usize, weights: &[usize]) -> Vec<usize> {
    let sum: usize = weights.iter().sum::<usize>().max(1);
    let mut parts: Vec<usize> = weights.iter().map(|weight| total * weight / sum).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&i| std::cmp::Reverse(total * weights[i] % sum));
    for &i in order.iter().take(total - parts.iter().sum::<usize>()) {
        parts[i] += 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn has_the_real_sizes() {
        let plan = Plan::new(1);
        let sizes: Vec<_> = plan.splits.iter().map(|split| (split.name, split.clips.len())).collect();
        assert_eq!(sizes, [("train", 7_907), ("val", 739), ("test", 3_645)]);
        let mut support = [0; 10];
        plan.splits[2].clips.iter().for_each(|clip| support[clip.label] += 1);
        assert_eq!(support, SUPPORT);
        let tested: HashSet<_> = plan.splits[2].clips.iter().map(|clip| clip.location).collect();
        assert_eq!(tested.len(), 126);
    }

    #[test]
    fn no_location_is_in_two_splits() {
        let mut seen = HashSet::new();
        for split in Plan::new(1).splits {
            let here: HashSet<_> = split.clips.iter().map(|clip| clip.location).collect();
            assert!(here.is_disjoint(&seen), "{} shares a location with an earlier split", split.name);
            seen.extend(here);
        }
    }

    #[test]
    fn shares_add_up() {
        assert_eq!(share(10, &[1, 1, 1]), [4, 3, 3]);
        assert_eq!(share(0, &[5, 5]), [0, 0]);
        assert_eq!(share(7, &[2, 5]), [2, 5]);
    }
}
