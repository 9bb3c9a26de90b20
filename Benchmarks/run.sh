#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Builds everything that is measured and measures it, in one run: what `make bench` calls.
#
#     run.sh [--quick] [--json FILE] [--plot FILE] [--only SECTION]…        details: README.md beside this file
#
# Everything built lies under the two .build folders.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
limits=$here/.build/limits
mkdir -p "$limits"

# Progress to standard error: standard output is the table.
make -s -C "$root" build >&2
swift build --package-path "$here" -c release --static-swift-stdlib >&2

# The limits, and the rival in C. Without a compiler, OpenMP, SLEEF's or OpenBLAS's header the harness names what it skips.
cc=${CC:-cc}
build() { # OUTPUT ARGUMENT…
  output=$1
  shift
  rm -f "$limits/$output"
  "$cc" -std=gnu11 -Wall "$@" -o "$limits/$output" || echo "run.sh: $output was not built" >&2
}
build cold_limit -O2 "$here/limits/cold_limit.c"
build memset_limit -O2 "$here/limits/memset_limit.c"
build avx2.o -O3 -fopenmp -mavx2 -mfma -DLANES=4 -c "$here/limits/general_lanes.c"
build avx512.o -O3 -fopenmp -mavx512f -DLANES=8 -c "$here/limits/general_lanes.c"
build memory_limit -O3 -fopenmp "$here/limits/memory_limit.c"
build raw_openblas -O2 "$here/limits/raw_openblas.c" -lopenblas -lm
build cold_multiply -O2 "$here/limits/cold_multiply.c" -lopenblas
build general_sleef -O3 -fopenmp "$here/limits/general_sleef.c" "$limits/avx2.o" "$limits/avx512.o" -lsleef -lm

exec "$here/.build/release/weft-benchmarks" --weft "$root/.build/release/weft" --limits "$limits" --peers "$here/peers" \
  --work "$here/.build/work" --plot "$here/.build/speed.svg" "$@"
