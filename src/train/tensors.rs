//! A data set on the device, and the batches of an epoch.

use std::ops::Range;

use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::seq::SliceRandom as _;

use crate::{
    data::{Dataset, Split},
    model::{Rng, Sizes},
};

/// All three splits on one device.
#[derive(Clone, Debug)]
pub struct DeviceData {
    pub train: DeviceSplit,
    pub val: DeviceSplit,
    pub test: DeviceSplit,
}

/// One split on a device without automatic differentiation.
#[derive(Clone, Debug)]
pub struct DeviceSplit {
    /// `[clips, audio width]`
    pub audio: Tensor<2>,
    /// `[clips, video width]`
    pub video: Tensor<2>,
    /// `[clips, 1]`
    pub labels: Tensor<2, Int>,
    clips: usize,
}

/// Some clips of a split.
#[derive(Clone, Debug)]
pub struct Batch {
    pub audio: Tensor<2>,
    pub video: Tensor<2>,
    pub labels: Tensor<2, Int>,
}

impl DeviceData {
    #[must_use]
    pub fn new(data: &Dataset, device: &Device) -> Self {
        let place = |split: &Split| DeviceSplit::new(split, data.audio_width, data.video_width, device);
        Self { train: place(&data.train), val: place(&data.val), test: place(&data.test) }
    }
}

impl DeviceSplit {
    fn new(split: &Split, audio_width: usize, video_width: usize, device: &Device) -> Self {
        let clips = split.len();
        let matrix =
            |values: &[f32], width: usize| Tensor::from_data(TensorData::new(values.to_vec(), [clips, width]), device);
        let labels = split.labels.iter().map(|&label| label as i64).collect();
        Self {
            audio: matrix(&split.audio, audio_width),
            video: matrix(&split.video, video_width),
            labels: Tensor::from_data(TensorData::new::<i64, _>(labels, [clips, 1]), device),
            clips,
        }
    }

    /// Number of clips.
    #[must_use]
    pub fn clips(&self) -> usize {
        self.clips
    }

    /// The same clips in random order. One gather an epoch is cheaper than one a batch.
    #[must_use]
    pub fn shuffled(&self, rng: &mut Rng) -> Self {
        let mut order: Vec<i64> = (0..self.clips as i64).collect();
        order.shuffle(rng);
        let order = TensorData::new(order, [self.clips]);
        let order: Tensor<1, Int> = Tensor::from_data(order, &self.audio.device());
        Self {
            audio: self.audio.clone().select(0, order.clone()),
            video: self.video.clone().select(0, order.clone()),
            labels: self.labels.clone().select(0, order),
            clips: self.clips,
        }
    }

    /// The clips in batches of `size`, in order; the last may be smaller.
    pub fn batches(&self, size: usize) -> impl Iterator<Item = Batch> + '_ {
        ranges(self.clips, size).map(|range| Batch {
            audio: self.audio.clone().slice(range.clone()),
            video: self.video.clone().slice(range.clone()),
            labels: self.labels.clone().slice(range),
        })
    }
}

/// `0..clips` in pieces of `size`; the last may be smaller.
pub fn ranges(clips: usize, size: usize) -> impl Iterator<Item = Range<usize>> {
    (0..clips).step_by(size.max(1)).map(move |start| start..clips.min(start + size.max(1)))
}

/// The sizes that `data` dictates to a model.
#[must_use]
pub fn sizes(data: &Dataset) -> Sizes {
    Sizes { audio: data.audio_width, video: data.video_width, classes: data.classes.len() }
}
