"""Epochs in PyTorch, eager, on pooled vectors in memory: what the program's epochs are compared with.

    python benches/pytorch_epoch.py FOLDER THREADS

For each line `mode epochs` on standard input, with a batch size where it is not 128, train a fresh
model of the mode with the program's recipe, and answer with a line of the seconds that each epoch took, validation included.
"""

import sys
import time
from pathlib import Path

import h5py
import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, str(Path(__file__).parents[1] / "tests/fixtures"))
from make_parity import PUBLISHED, fusion  # noqa: E402

BATCH = 128


def pooled(folder, split):
    """Mean over time of every clip, normalised: audio, video, and the labels."""
    columns = []
    for modality in ("audio", "video"):
        parent = folder / f"{modality}_features_data"
        statistics = np.load(parent / "global_mean_std.npz")
        vectors, labels = [], []
        with h5py.File(parent / f"{split}.hdf5", "r") as file:
            for label in file:
                for clip in file[label][modality].values():
                    vectors.append(clip[:96].mean(axis=0, dtype=np.float64))
                    labels.append(int(label))
        vectors = (np.stack(vectors) - statistics["global_mean"]) / statistics["global_std"]
        columns.append(torch.tensor(vectors, dtype=torch.float32))
    return *columns, torch.tensor(labels)


def recipe(mode):
    model = fusion(mode, PUBLISHED, dropout=0.2)
    return model, torch.optim.Adam(model.parameters(), lr=1e-4, weight_decay=1e-4)


def train(model, optimizer, batches):
    """One epoch over `batches`; its mean loss. A loss is read after each step, as scripts do."""
    model.train()
    losses = []
    for audio, video, labels in batches:
        loss = F.cross_entropy(model(audio, video), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)


def validate(model, batches):
    model.eval()
    losses, right = [], 0
    with torch.no_grad():
        for audio, video, labels in batches:
            logits = model(audio, video)
            losses.append(F.cross_entropy(logits, labels).item())
            right += (logits.argmax(1) == labels).sum().item()
    return sum(losses) / len(losses), right


def answer(epoch):
    """Serve standard input; `epoch(model, optimizer, batch)` trains and validates once."""
    for line in sys.stdin:
        mode, epochs, *batch = line.split()
        model, optimizer = recipe(mode)
        seconds = []
        for _ in range(int(epochs)):
            start = time.perf_counter()
            epoch(model, optimizer, int(batch[0]) if batch else BATCH)
            seconds.append(time.perf_counter() - start)
        print(*seconds, flush=True)


def main(folder, threads):
    torch.set_num_threads(threads)
    splits = {split: pooled(folder, split) for split in ("train", "val")}

    def batches(split, order, batch):
        audio, video, labels = splits[split]
        for index in order.split(batch):
            yield audio[index], video[index], labels[index]

    def epoch(model, optimizer, batch):
        train(model, optimizer, batches("train", torch.randperm(len(splits["train"][2])), batch))
        validate(model, batches("val", torch.arange(len(splits["val"][2])), batch))

    answer(epoch)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
