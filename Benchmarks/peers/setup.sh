#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Installs the Python peers of the benchmarks into ${WEFT_PEERS:-$HOME/.cache/weft-peers}/venv. `make bench` runs without them
# too and names what it skipped.
set -eu
to=${WEFT_PEERS:-$HOME/.cache/weft-peers}
mkdir -p "$to"
[ -x "$to/venv/bin/python" ] || python3 -m venv "$to/venv"
"$to/venv/bin/pip" install --quiet numpy numexpr numba scipy polars pyarrow pandas pillow
echo "$to/venv"
