# Which libtorch the program is built with; sourced by libtorch.sh and cargo.sh.

# The one that the crate `tch` is written for.
LIBTORCH_NEEDED=2.9.0
LIBTORCH_VERSION_FILE=include/torch/csrc/api/include/torch/version.h

# libtorch_version FOLDER: print its version, or nothing where it has none.
libtorch_version() {
    sed -nE 's/^#define TORCH_VERSION_(MAJOR|MINOR|PATCH) *([0-9]+).*/\2/p' "$1/$LIBTORCH_VERSION_FILE" 2>/dev/null |
        paste -s -d . -
}
