#!/bin/sh
# Run cargo with the CMake that setup.sh found or fetched: `scripts/cargo.sh build --release`.
# The build scripts of the C libraries take it from the variable CMAKE.
set -eu
cd "$(dirname "$0")/.."
. scripts/cmake.sh

if CMAKE=$(find_cmake); then
    export CMAKE
fi
exec cargo "$@"
