"""Write a set of the real one's size and layout: 7,907 + 739 + 3,645 clips of (96, 512) float32.

    python benches/make_full.py FOLDER
"""

import sys
from pathlib import Path

import h5py
import numpy as np

CLASSES = (
    "airport bus metro metro_station park public_square shopping_mall street_pedestrian street_traffic tram".split()
)
CLIPS = {"train": 7907, "val": 739, "test": 3645}
FRAMES, WIDTH, LOCATIONS = 96, 512, 40


def main(folder: Path) -> None:
    rng = np.random.default_rng(7)
    noise = rng.standard_normal(FRAMES * WIDTH * 8, dtype=np.float32)
    for modality in ("audio", "video"):
        parent = folder / f"{modality}_features_data"
        parent.mkdir(parents=True, exist_ok=True)
        for place, (split, clips) in enumerate(CLIPS.items()):
            with h5py.File(parent / f"{split}.hdf5", "w") as file:
                for clip in range(clips):
                    label = clip % len(CLASSES)
                    location = 1000 * place + clip % LOCATIONS
                    aid = f"{CLASSES[label]}-lisbon-{location}-{clip}"
                    start = int(rng.integers(0, len(noise) - FRAMES * WIDTH))
                    values = noise[start : start + FRAMES * WIDTH].reshape(FRAMES, WIDTH)
                    file.create_dataset(f"{label}/{modality}/{aid}", data=values + np.float32(0.2 * label))
        np.savez(
            parent / "global_mean_std.npz", global_mean=np.full(WIDTH, 0.9), global_std=np.full(WIDTH, 1.15)
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
