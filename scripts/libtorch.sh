#!/bin/sh
# Put the libtorch that the feature `libtorch` needs into .tools/libtorch/, after which cargo.sh
# builds with it. Where LIBTORCH or LIBTORCH_USE_PYTORCH names one that is there already, it is
# linked to and nothing is fetched. A second run finds everything in place and uses no network.
set -eu
cd "$(dirname "$0")/.."
. scripts/libtorch-version.sh

say() { printf '%s\n' "$*" >&2; }

refuse() {
    for line in "$@"; do say "$line"; done
    exit 1
}

by_hand() {
    say "By hand: on https://pytorch.org choose LibTorch $LIBTORCH_NEEDED (C++, cxx11 ABI; with CUDA for a GPU)," \
        "unzip it, and run"
    say "    LIBTORCH=/path/to/libtorch make libtorch"
    say "A PyTorch $LIBTORCH_NEEDED that python3 imports serves as well:"
    say "    LIBTORCH_USE_PYTORCH=1 make libtorch"
    exit 1
}

# accept FOLDER: is this a libtorch that can be built with? Says what is wrong with it.
accept() {
    [ -e "$1/lib/libtorch_cpu.so" ] || [ -e "$1/lib/libtorch_cpu.dylib" ] ||
        refuse "$1 is no libtorch: lib/libtorch_cpu.so is missing"
    version=$(libtorch_version "$1")
    [ -n "$version" ] || refuse "$1 has no headers: $LIBTORCH_VERSION_FILE is missing"
    [ "$version" = "$LIBTORCH_NEEDED" ] || [ -n "${LIBTORCH_BYPASS_VERSION_CHECK:-}" ] ||
        refuse "$1 is libtorch $version; this program needs $LIBTORCH_NEEDED" \
            "(LIBTORCH_BYPASS_VERSION_CHECK=1 tries it all the same)"
}

# find_python: print a Python that PyTorch has wheels for, with pip.
find_python() {
    for python in python3 python3.14 python3.13 python3.12 python3.11 python3.10; do
        if "$python" -c 'import pip, sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null; then
            echo "$python"
            return 0
        fi
    done
    return 1
}

# The folder that is put in place of .tools/libtorch once it is whole: an interrupted run leaves
# nothing behind that looks so.
fresh() {
    mkdir -p .tools
    fresh=$(mktemp -d "$PWD/.tools/libtorch.XXXXXX")
    trap 'rm -rf "$fresh"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

settle() {
    rm -rf .tools/libtorch
    mv "$fresh" .tools/libtorch
    chmod 755 .tools/libtorch
    say "libtorch $version is in place; make run, test, build, bench and lint use it from now on (LIBTORCH=off: not)"
}

own=${LIBTORCH:-}
if [ -n "${LIBTORCH_USE_PYTORCH:-}" ]; then
    own=$(python3 -c 'import pathlib, torch; print(pathlib.Path(torch.__file__).resolve().parent)') ||
        refuse "LIBTORCH_USE_PYTORCH is set, but python3 ($(command -v python3 || echo none)) cannot import torch"
fi

case "$own" in
'') ;;
off) refuse "LIBTORCH=off says to build without libtorch; unset it to get one" ;;
*)
    folder=$(cd "$own" 2>/dev/null && pwd -P) || refuse "LIBTORCH=$own is no folder"
    accept "$folder"
    [ "$(readlink .tools/libtorch/torch || true)" = "$folder" ] && exit 0
    fresh
    ln -s "$folder" "$fresh/torch"
    settle
    exit 0
    ;;
esac

# One that was accepted before stays, whoever brought it.
[ "$(libtorch_version .tools/libtorch/torch)" = "$LIBTORCH_NEEDED" ] && exit 0

if [ "$(uname -s) $(uname -m)" != "Linux x86_64" ]; then
    say "there is nothing to fetch for $(uname -s) on $(uname -m)"
    by_hand
fi

python=$(find_python) || {
    say "fetching PyTorch $LIBTORCH_NEEDED needs Python 3.10 to 3.14 with pip, and there is none on PATH"
    by_hand
}

mkdir -p .tools
free=$(df -Pk .tools/. | awk 'NR == 2 { print int($4 / 1048576) }')
[ "$free" -ge 11 ] ||
    refuse "$free GiB are free here, and fetching libtorch with CUDA takes 11: make room, or make .tools a link to a larger disk"

say "fetching libtorch $LIBTORCH_NEEDED with CUDA into .tools/libtorch/: 3 GB to download, 7 GB on disk"
fresh
# NumPy and h5py make it a Python that can compare itself with this program. pip keeps no copy of
# what it downloads, and works here: a cluster's /tmp is often too small.
mkdir "$fresh/tmp"
if ! TMPDIR="$fresh/tmp" PIP_USER=0 PIP_ROOT_USER_ACTION=ignore "$python" -m pip install --no-cache-dir \
    --disable-pip-version-check --only-binary=:all: --target "$fresh" "torch==$LIBTORCH_NEEDED" numpy h5py >&2; then
    say "fetching it failed: check the network or the proxy (HTTPS_PROXY)"
    by_hand
fi
rm -rf "$fresh/tmp"
accept "$fresh/torch"
settle
