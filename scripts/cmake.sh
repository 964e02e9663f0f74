# Which CMake builds the bundled HDF5; sourced by setup.sh and cargo.sh, from the project's root.

CMAKE_NEEDED=3.26
CMAKE_FETCHED="$PWD/.tools/cmake/cmake/data/bin/cmake"

# at_least A B: is version A equal to or newer than version B?
at_least() {
    awk -v a="$1" -v b="$2" 'BEGIN {
        split(a, x, "."); split(b, y, ".")
        for (i = 1; i <= 3; i++) if (x[i] + 0 != y[i] + 0) exit !(x[i] + 0 > y[i] + 0)
    }'
}

# cmake_fits PROGRAM: does it run, and is it new enough?
cmake_fits() {
    version=$("$1" --version 2>/dev/null | sed -n 's/^cmake version \([0-9.]*\).*/\1/p')
    [ -n "$version" ] && at_least "$version" "$CMAKE_NEEDED"
}

# find_cmake: print the CMake to use. The user's own choice comes first, then the one on PATH, so
# that nothing is fetched where nothing is missing.
find_cmake() {
    for candidate in "${CMAKE:-}" cmake "$CMAKE_FETCHED"; do
        if [ -n "$candidate" ] && cmake_fits "$candidate"; then
            echo "$candidate"
            return 0
        fi
    done
    return 1
}
