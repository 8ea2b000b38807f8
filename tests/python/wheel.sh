#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# usage: wheel.sh BUILD_DIRECTORY SCRATCH PYTHON
# Builds the wheel without network, installs it into a fresh virtual environment that sees the system's
# packages, and runs tests there. It is made of the library that is built already, and not optimised: to
# build all of it anew, as pip does elsewhere, takes minutes.
set -euo pipefail
source=$(cd "$(dirname "$0")/../.." && pwd)
build=$1 scratch=$2 python=$3
rm -rf "$scratch/prefix" "$scratch/wheels" "$scratch/venv"
mkdir -p "$scratch"
cmake --install "$build" --prefix "$scratch/prefix" >/dev/null
"$python" -m pip wheel --quiet --no-build-isolation --no-deps --no-index --wheel-dir "$scratch/wheels" \
  -C build.targets=planish_python -C cmake.source-dir=python -C cmake.build-type=Debug -C cmake.define.CMAKE_CXX_FLAGS_DEBUG=-O0 \
  -C cmake.define.CMAKE_PREFIX_PATH="$scratch/prefix" -C cmake.define.Python_EXECUTABLE="$python" \
  -C build-dir="$scratch/build" "$source"
"$python" -m venv --system-site-packages --without-pip "$scratch/venv"
"$python" -m pip --python "$scratch/venv/bin/python" install --quiet --no-index --no-deps \
  "$scratch"/wheels/planish-*.whl
cd "$source/tests/python"
installed=$(unset PYTHONPATH; cd /; "$scratch/venv/bin/python" -c 'import planish; print(planish.__file__)')
case $installed in
  "$scratch"/venv/*) ;;
  *) echo "imported from elsewhere: $installed" >&2; exit 1 ;;
esac
unset PYTHONPATH
"$scratch/venv/bin/python" -B -m pytest -q -p no:cacheprovider stream_test.py compat_test.py
