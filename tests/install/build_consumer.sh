#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# usage: build_consumer.sh CMAKE BUILD_DIRECTORY COMPILER LIBDIR SANITIZE
set -euo pipefail
cmake=$1 build=$2 compiler=$3 libdir=$4 sanitize=$5
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$cmake" --install "$build" --prefix "$work/prefix" >/dev/null
flags=${sanitize:+-fsanitize=$sanitize}

"$cmake" -S "$here/consumer" -B "$work/cmake" -DCMAKE_PREFIX_PATH="$work/prefix" \
  -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_CXX_FLAGS="$flags" >"$work/log" 2>&1 ||
  { cat "$work/log"; exit 1; }
"$cmake" --build "$work/cmake" >/dev/null
"$work/cmake/consumer"

# The .pc file names the prefix of configuration; pkg-config is told where the files went instead.
export PKG_CONFIG_PATH=$work/prefix/$libdir/pkgconfig
packages=$(pkg-config --define-variable=prefix="$work/prefix" --cflags --libs planish)
# shellcheck disable=SC2086
"$compiler" -std=c++20 $flags "$here/consumer/main.cc" -o "$work/by_pkg_config" \
  $packages
"$work/by_pkg_config"

"$work/prefix/bin/planish" --version
