"""Read and mean every clip of a set with h5py, as training scripts do; print the seconds it took.

    python benches/h5py_load.py FOLDER
"""

import sys
import time
from pathlib import Path

import h5py

start = time.perf_counter()
clips = 0
for path in sorted(Path(sys.argv[1]).glob("*_features_data/*.hdf5")):
    with h5py.File(path, "r") as file:
        for label in file.values():
            for modality in label.values():
                for clip in modality.values():
                    clip[:96].mean(axis=0)
                    clips += 1
print(f"{time.perf_counter() - start:.3f} {clips}")
