#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Builds what constants.py and check.py need, and runs one of them: `make mpi-constants`, `make mpi-check`, `make mpi-curves`.
#
#     run.sh constants|check|curves [OPTION]…        options: at the top of the scripts
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$(dirname "$here")")
built=$root/Benchmarks/.build/mpi
what=${1:?constants, check or curves}
shift
mkdir -p "$built"
# Optional: products and solutions by ScaLAPACK alone.
scalapack() {
  rm -f "$built/scalapack"
  pkg-config --exists scalapack-openmpi || return 0
  mpicc -std=gnu11 -O2 -Wall "$here/scalapack.c" $(pkg-config --libs scalapack-openmpi) -lm -o "$built/scalapack"
  echo "--scalapack $built/scalapack"
}
case $what in
constants)
  make -s -C "$root" build >&2
  mpicc -std=gnu11 -O2 -Wall "$here/constants.c" -o "$built/constants" -lopenblas
  exec python3 "$here/constants.py" "$built/constants" "$root/.build/release/weft" "$root/.build/mpi/release/weft-mpi" $(scalapack) "$@"
  ;;
check)
  exec python3 "$here/check.py" "$root/.build/mpi/release/weft-mpi" $(scalapack) "$@"
  ;;
curves)
  page=$root/Sources/Weft/Weft.docc
  mkdir -p "$page/Resources"
  exec python3 "$here/curves.py" "$root/.build/mpi/release/weft-mpi" "$page/Resources/scaling.svg" "$page/MoreThanOneMachine.md"
  ;;
*)
  echo "run.sh: '$what' is none of constants, check and curves" >&2
  exit 64
  ;;
esac
