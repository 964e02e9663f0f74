#!/bin/sh
# Run cargo with what setup.sh and libtorch.sh found or fetched: `scripts/cargo.sh build --release`.
# The build scripts of the C libraries take their CMake from the variable CMAKE.
#
# After `make libtorch` the feature `libtorch` is on; LIBTORCH=off leaves it out. Cargo keeps what either set of
# features needs side by side in one target folder, and most of it is the same for both.
set -eu
cd "$(dirname "$0")/.."
. scripts/cmake.sh

if CMAKE=$(find_cmake); then
    export CMAKE
fi

if [ "${LIBTORCH:-}" = off ]; then
    unset LIBTORCH
elif [ -e .tools/libtorch/torch ]; then
    # libtorch.sh has looked at the version, and was perhaps told to take another.
    export LIBTORCH="$PWD/.tools/libtorch/torch" LIBTORCH_BYPASS_VERSION_CHECK=1
    unset LIBTORCH_USE_PYTORCH LIBTORCH_INCLUDE LIBTORCH_LIB
    # Its threads are to spin only briefly while they wait: see wait_briefly in src/device/libtorch.rs.
    [ -n "${OMP_WAIT_POLICY:-}" ] || export GOMP_SPINCOUNT="${GOMP_SPINCOUNT:-1000}"
    case "${1:-}" in
    build | check | clippy | run | test | bench | doc)
        command=$1
        shift
        set -- "$command" --features libtorch "$@"
        ;;
    esac
fi
exec cargo "$@"
