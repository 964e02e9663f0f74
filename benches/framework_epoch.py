"""Epochs of the kind that training scripts run today: a `DataLoader` that reads every clip from HDF5.

    python benches/framework_epoch.py FOLDER THREADS

Each epoch reads all frames of each clip anew, one dataset a clip and modality, in one loader process;
the model begins with the mean over time. Standard input and output as in pytorch_epoch.py.
"""

import sys
from pathlib import Path

import h5py
import numpy as np
import torch
from pytorch_epoch import answer, train, validate
from torch.utils.data import DataLoader, Dataset


class Clips(Dataset):
    def __init__(self, folder, split):
        self.files, self.statistics, self.names = {}, {}, []
        for modality in ("audio", "video"):
            parent = folder / f"{modality}_features_data"
            self.files[modality] = h5py.File(parent / f"{split}.hdf5", "r")
            self.statistics[modality] = dict(np.load(parent / "global_mean_std.npz"))
        for label, group in self.files["audio"].items():
            self.names += [(label, clip) for clip in group["audio"]]

    def __len__(self):
        return len(self.names)

    def __getitem__(self, index):
        label, clip = self.names[index]
        return self.frames("audio", label, clip), self.frames("video", label, clip), int(label)

    def frames(self, modality, label, clip):
        """All frames of a clip, normalised: (frames, width)."""
        statistics = self.statistics[modality]
        frames = self.files[modality][f"{label}/{modality}/{clip}"][:96]
        return ((frames - statistics["global_mean"]) / statistics["global_std"]).astype(np.float32)


def pooled(loader):
    for audio, video, labels in loader:
        yield audio.mean(1), video.mean(1), labels


def main(folder, threads):
    torch.set_num_threads(threads)
    train_clips, val_clips = Clips(folder, "train"), Clips(folder, "val")

    def epoch(model, optimizer, batch):
        train(model, optimizer, pooled(DataLoader(train_clips, batch_size=batch, shuffle=True, num_workers=1)))
        validate(model, pooled(DataLoader(val_clips, batch_size=batch, num_workers=1)))

    answer(epoch)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
