#!/bin/sh
# Check what the build needs, and fetch a CMake into .tools/ where there is none that is new enough.
# Nothing outside the project's folder is changed and nothing needs root. A second run finds
# everything in place and uses no network.
set -eu
cd "$(dirname "$0")/.."
. scripts/cmake.sh

RUST_NEEDED=1.95
missing=0

say() { printf '%s\n' "$*" >&2; }

# lacks NAME COMMAND...: report one thing that is missing and the lines that install it.
lacks() {
    missing=$((missing + 1))
    say "missing: $1"
    shift
    for line in "$@"; do say "    $line"; done
}

has() { command -v "$1" >/dev/null 2>&1; }

rust=$(cargo --version 2>/dev/null | awk '{ print $2 }') || true
if [ -z "$rust" ]; then
    if has rustup; then
        lacks "a Rust toolchain" "rustup default stable"
    else
        lacks "Rust $RUST_NEEDED or newer" "install rustup as https://rustup.rs says, then open a new shell"
    fi
elif ! at_least "$rust" "$RUST_NEEDED"; then
    lacks "Rust $RUST_NEEDED or newer (this is $rust)" \
        "rustup update stable" \
        "without rustup: install it as https://rustup.rs says; a distribution's own Rust is too old"
fi

has cc || lacks "a C compiler (cc)" \
    "Debian, Ubuntu: sudo apt install gcc" "Fedora:         sudo dnf install gcc" \
    "without root:   conda install -c conda-forge compilers, or module load gcc"
has c++ || lacks "a C++ compiler (c++)" \
    "Debian, Ubuntu: sudo apt install g++" "Fedora:         sudo dnf install gcc-c++" \
    "without root:   conda install -c conda-forge compilers, or module load gcc"
has make || lacks "make" \
    "Debian, Ubuntu: sudo apt install make" "Fedora:         sudo dnf install make" \
    "without root:   conda install -c conda-forge make"

# Python serves only to fetch CMake, so it is not asked for where a CMake is there.
if ! find_cmake >/dev/null; then
    if ! has python3; then
        lacks "CMake $CMAKE_NEEDED or newer, or python3 with pip to fetch it" \
            "Debian, Ubuntu: sudo apt install python3 python3-pip" \
            "Fedora:         sudo dnf install cmake" \
            "without root:   conda install -c conda-forge cmake"
    elif ! python3 -m pip --version >/dev/null 2>&1; then
        lacks "CMake $CMAKE_NEEDED or newer, or pip for $(command -v python3) to fetch it" \
            "Debian, Ubuntu: sudo apt install python3-pip" \
            "Fedora:         sudo dnf install python3-pip" \
            "without root:   python3 -m ensurepip --user, or conda install pip"
    fi
fi

if [ "$missing" -gt 0 ]; then
    say "$missing missing: install what is named above, then run the command again"
    exit 1
fi
find_cmake >/dev/null && exit 0

say "fetching CMake into .tools/ (the one on PATH is missing or older than $CMAKE_NEEDED)"
mkdir -p .tools
# Installed beside its place and then renamed, so that an interrupted download leaves nothing behind
# that looks whole.
fresh=$(mktemp -d .tools/cmake.XXXXXX)
trap 'rm -rf "$fresh"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# PIP_USER from a user's configuration contradicts --target; a wheel only, as its source would need a CMake.
if ! PIP_USER=0 PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
    --target "$fresh" "cmake>=$CMAKE_NEEDED,<5"; then
    say "fetching CMake failed: check the network or the proxy (HTTPS_PROXY), or put CMake $CMAKE_NEEDED or newer on PATH"
    exit 1
fi
if ! cmake_fits "$fresh/cmake/data/bin/cmake"; then
    say "the CMake that was fetched does not run on this machine; put CMake $CMAKE_NEEDED or newer on PATH"
    exit 1
fi
rm -rf .tools/cmake
mv "$fresh" .tools/cmake
