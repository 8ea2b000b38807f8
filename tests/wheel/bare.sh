#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# usage: bare.sh WHEEL PYTHON
# Installs a wheel into an environment that has nothing else, without network, and tries it there.
set -euo pipefail
wheel=$(realpath "$1") python=$2
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
unset PYTHONPATH
export PYTHONDONTWRITEBYTECODE=1
"$python" -m venv "$scratch/venv"
"$scratch/venv/bin/python" -m pip install --quiet --no-index --disable-pip-version-check "$wheel"
# What pip wrote is what is in the wheel: it can be taken away again.
cd "$scratch"
"$scratch/venv/bin/python" "$here/bare_test.py"
"$scratch/venv/bin/python" -m pip uninstall --quiet --yes --disable-pip-version-check planish
left=$(find "$scratch/venv" -iname '*planish*')
[ -z "$left" ] || { echo "left behind: $left" >&2; exit 1; }
