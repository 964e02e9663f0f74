//! Mean-pooling the frames of a clip in float64.

use half::f16;

/// How the numbers of a dataset are stored, where they can be read as they lie in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    F16,
    F32,
    F64,
}

impl Element {
    /// Bytes of one number.
    pub fn size(self) -> usize {
        match self {
            Self::F16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }
}

/// A clip's frames as one vector.
#[derive(Clone, Debug, Default)]
pub struct Pooled {
    /// Mean over the frames.
    pub mean: Vec<f64>,
    /// Sum of the squared deviations from the mean, where it was asked for.
    pub squares: Option<Vec<f64>>,
}

/// The sums over the frames seen so far.
#[derive(Debug)]
pub struct Pool {
    rows: f64,
    sum: Vec<f64>,
    deviations: Option<Deviations>,
}

/// Sums of the deviations from the first frame: a feature that never changes has exactly none,
/// which sums of the values' own squares would not give.
#[derive(Debug)]
struct Deviations {
    origin: Vec<f64>,
    sum: Vec<f64>,
    squares: Vec<f64>,
}

impl Pool {
    /// An empty pool of frames of a `width`; `deviations`: also what the variance needs.
    pub fn new(width: usize, deviations: bool) -> Self {
        let deviations =
            deviations.then(|| Deviations { origin: Vec::new(), sum: vec![0.0; width], squares: vec![0.0; width] });
        Self { rows: 0.0, sum: vec![0.0; width], deviations }
    }

    /// Add frames as they lie in the file, in the machine's byte order.
    ///
    /// Most of the time of reading a set that is not the kernel's or the library's goes by here, so the
    /// sums are compiled a second time for the wider instructions that nearly every processor has. Each
    /// number is added as before: the sums are the same.
    pub fn add_bytes(&mut self, element: Element, bytes: &[u8]) {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has just been asked for the instructions that this is compiled to.
            #[allow(unsafe_code, reason = "only so can what was found at run time be called")]
            return unsafe { self.add_bytes_avx2(element, bytes) };
        }
        self.add_decoded(element, bytes);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn add_bytes_avx2(&mut self, element: Element, bytes: &[u8]) {
        self.add_decoded(element, bytes);
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it must be compiled into whichever function calls it")]
    fn add_decoded(&mut self, element: Element, bytes: &[u8]) {
        match element {
            Element::F16 => self.add(bytes.as_chunks().0, |bytes| f16::from_ne_bytes(bytes).to_f64()),
            Element::F32 => self.add(bytes.as_chunks().0, |bytes| f64::from(f32::from_ne_bytes(bytes))),
            Element::F64 => self.add(bytes.as_chunks().0, f64::from_ne_bytes),
        }
    }

    /// Add frames that were converted already.
    pub fn add_values(&mut self, values: &[f64]) {
        self.add(values, |value| value);
    }

    /// Four frames a step: the sums are then loaded and stored a quarter as often.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it must be compiled into whichever function calls it")]
    fn add<V: Copy>(&mut self, values: &[V], decode: impl Fn(V) -> f64 + Copy) {
        let width = self.sum.len();
        self.rows += (values.len() / width) as f64;
        let mut steps = values.chunks_exact(4 * width);
        for step in &mut steps {
            let (first, second) = step.split_at(2 * width);
            let (a, b) = first.split_at(width);
            let (c, d) = second.split_at(width);
            for ((((sum, a), b), c), d) in self.sum.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                *sum += (decode(*a) + decode(*b)) + (decode(*c) + decode(*d));
            }
        }
        for row in steps.remainder().chunks_exact(width) {
            for (sum, value) in self.sum.iter_mut().zip(row) {
                *sum += decode(*value);
            }
        }
        if let Some(deviations) = &mut self.deviations {
            for row in values.chunks_exact(width) {
                deviations.add(row, decode);
            }
        }
    }

    /// The pooled vector.
    pub fn finish(self) -> Pooled {
        let rows = self.rows;
        let mean = self.sum.into_iter().map(|sum| sum / rows).collect();
        let squares = self.deviations.map(|deviations| {
            let sums = deviations.sum.into_iter().zip(deviations.squares);
            sums.map(|(sum, squares)| (squares - sum * sum / rows).max(0.0)).collect()
        });
        Pooled { mean, squares }
    }
}

impl Deviations {
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it must be compiled into whichever function calls it")]
    fn add<V: Copy>(&mut self, row: &[V], decode: impl Fn(V) -> f64) {
        if self.origin.is_empty() {
            self.origin.extend(row.iter().map(|value| decode(*value)));
        }
        for (((sum, squares), origin), value) in self.sum.iter_mut().zip(&mut self.squares).zip(&self.origin).zip(row) {
            let deviation = decode(*value) - origin;
            *sum += deviation;
            *squares += deviation * deviation;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_deviations_of_an_odd_number_of_frames() {
        let mut pool = Pool::new(2, true);
        pool.add_values(&[1.0, 7.0, 2.0, 7.0, 3.0, 7.0, 4.0, 7.0]);
        pool.add_values(&[10.0, 7.0]);
        let pooled = pool.finish();
        assert_eq!(pooled.mean, [4.0, 7.0]);
        assert_eq!(pooled.squares, Some(vec![50.0, 0.0]));
    }

    #[test]
    fn every_element_type_decodes() {
        let halves: Vec<u8> = [1.5, -2.0].iter().flat_map(|&value| f16::from_f64(value).to_ne_bytes()).collect();
        let floats: Vec<u8> = [1.5f32, -2.0].iter().flat_map(|value| value.to_ne_bytes()).collect();
        let doubles: Vec<u8> = [1.5f64, -2.0].iter().flat_map(|value| value.to_ne_bytes()).collect();
        for (element, bytes) in [(Element::F16, halves), (Element::F32, floats), (Element::F64, doubles)] {
            assert_eq!(bytes.len(), 2 * element.size());
            let mut pool = Pool::new(2, false);
            pool.add_bytes(element, &bytes);
            assert_eq!(pool.finish().mean, [1.5, -2.0]);
        }
    }
}
