# SPDX-License-Identifier: Apache-2.0
"""python -m planish."""

import subprocess
import sys

import planish


def run(*arguments):
    return subprocess.run([sys.executable, "-m", "planish", *arguments], capture_output=True, text=True)


def test_python_m_planish_is_the_command():
    ended = run("--version")
    assert ended.returncode == 0
    assert ended.stdout.startswith(f"planish {planish.__version__} (Arrow ")


def test_python_m_planish_has_the_commands_exit_codes(tmp_path):
    ended = run("check", str(tmp_path / "nowhere"), "--key", "id")
    assert ended.returncode == 2
    assert "nowhere" in ended.stderr
