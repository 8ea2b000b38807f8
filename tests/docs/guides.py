# SPDX-License-Identifier: Apache-2.0
"""Runs the commands of the guides in docs/guides and compares what they print with what the guides show.

    guides.py PAGE...            exits with 1 and a diff where they differ
    guides.py --update PAGE...   writes what was printed into the pages

Blocks called console hold commands, each after "$ ", and what they print, standard error included. All commands
of a page run in one shell, in a directory of its own. Figures that depend on the machine (seconds, bytes, rates)
and names of runs count as equal. PATH must have planish, PYTHONPATH its package.
"""

import difflib
import pathlib
import re
import subprocess
import sys
import tempfile

# Nothing prints this by itself.
MARK = "\x1e"

VARYING = [
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "TIME"),
    (re.compile(r"\brun( +)\S+-\S+,"), r"run\1RUN,"),
    (re.compile(r"(about )?[\d.,]+ (s|min|h)\b"), "SECONDS"),
    (re.compile(r"[\d.,]+ ([kMGT]?B)/s"), "RATE"),
    (re.compile(r"[\d.,]+ rows/s"), "RATE"),
    (re.compile(r"[\d.,]+ [kMGT]?B\b"), "BYTES"),
    (re.compile(r"(planish_\w*(?:seconds|bytes|per_second|timestamp)\w*(?:\{.*\})?) [\d.e+]+"), r"\1 FIGURE"),
    (re.compile(r" +"), " "),
]


def comparable(text):
    """The text with what varies from run to run, and so the width of columns, made equal."""
    for pattern, replacement in VARYING:
        text = pattern.sub(replacement, text)
    return text


class Step:
    """One command of a page: `command` with its further lines, and the lines shown below it."""

    def __init__(self, line):
        self.command = [line]
        self.shown = []
        self.end = None

    def wants_more(self):
        """Whether the command's here-document is still open."""
        start = re.search(r"<<'(\w+)'", self.command[0])
        return start is not None and (len(self.command) == 1 or self.command[-1] != start.group(1))


def parts_of(page):
    """The page as a list of lines of prose (str) and steps (Step)."""
    parts = []
    inside = False
    for line in page.splitlines():
        if line == "```console":
            inside = True
            parts.append(line)
        elif inside and line == "```":
            inside = False
            parts.append(line)
        elif inside and isinstance(parts[-1], Step) and parts[-1].wants_more():
            parts[-1].command.append(line)
        elif inside and line.startswith("$ "):
            parts.append(Step(line[2:]))
        elif inside:
            parts[-1].shown.append(line)
        else:
            parts.append(line)
    return parts


def run(steps):
    """What each step prints, as lists of lines."""
    script = ["exec 2>&1", "false_() { return $1; }", "rc=0"]
    for step in steps:
        # $? of a command is that of the one before, as in a terminal.
        script += ["false_ $rc", *step.command, "rc=$?", f"printf '{MARK}'"]
    with tempfile.TemporaryDirectory() as directory:
        shell = subprocess.run(["bash", "-s"], input="\n".join(script) + "\n", cwd=directory, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    outputs = shell.stdout.split(MARK)
    if len(outputs) != len(steps) + 1:
        sys.exit(f"the shell ended early:\n{shell.stdout}")
    return [output.splitlines() for output in outputs[:-1]]


def check(path, update):
    """Whether the page shows what its commands print."""
    parts = parts_of(path.read_text())
    steps = [part for part in parts if isinstance(part, Step)]
    if not steps:
        sys.exit(f"no command in {path}")
    good = True
    for step, printed in zip(steps, run(steps)):
        shown, actual = ([comparable(line.rstrip()) for line in lines] for lines in (step.shown, printed))
        if shown == actual:
            continue
        good = False
        print(f"{path}: $ {step.command[0]}")
        print("\n".join(difflib.unified_diff(shown, actual, "shown", "printed", lineterm="")))
        step.shown = [line.rstrip() for line in printed]
    if update and not good:
        lines = []
        for part in parts:
            lines += ["$ " + part.command[0], *part.command[1:], *part.shown] if isinstance(part, Step) else [part]
        path.write_text("\n".join(lines) + "\n")
    return good


if __name__ == "__main__":
    update = "--update" in sys.argv
    pages = [pathlib.Path(name) for name in sys.argv[1:] if name != "--update"]
    results = [check(page, update) for page in pages]
    sys.exit(0 if pages and (update or all(results)) else 1)
