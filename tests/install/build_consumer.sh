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

# The program in README, by the command in README, from where the installation was moved to.
mv "$work/prefix" "$work/moved"
export PKG_CONFIG_PATH=$work/moved/$libdir/pkgconfig LD_LIBRARY_PATH=$work/moved/$libdir
readme=$here/../../README.md
awk '/^```cpp$/ { inside = 1; next } /^```$/ { if (inside) exit } inside' "$readme" >"$work/program.cc"
grep -q 'int main' "$work/program.cc" || { echo "README has no whole program" >&2; exit 1; }
command=$(grep '^c++ program.cc' "$readme")
(cd "$work" && eval "${command/#c++/\"$compiler\" $flags}")
cd "$work"
if ./program 2>"$work/errors"; then echo "a dataset that is not there was read" >&2; exit 1; fi
grep -q 'events' "$work/errors" || { cat "$work/errors" >&2; exit 1; }

"$work/moved/bin/planish" --version
