# SPDX-License-Identifier: Apache-2.0
"""Kills the command again and again while it changes a dataset in place, and recover while it
settles that; afterwards the dataset is the old one or the new one, to the byte, and nothing is left.

    killed_command_test.py [--kills N] [--rows N] [--seed N]
"""

import argparse
import collections
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

from datasets import PLANISH, hard_copy, in_place, planish, remove, tree, write_dataset


def seconds(*arguments):
    begin = time.monotonic()
    planish(*arguments)
    return time.monotonic() - begin


def kill(arguments, delay, begin=None):
    """Kills that command after `delay`, counted from when the path `begin` is there, if given.
    Returns whether it was killed before it was done."""
    process = subprocess.Popen([PLANISH, *arguments], stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    while begin is not None and process.poll() is None and not os.path.exists(begin):
        pass
    time.sleep(delay)
    process.kill()
    _, errors = process.communicate()
    if process.returncode not in (0, -9):
        raise AssertionError(f"exit code {process.returncode}\n{errors.decode()}")
    return process.returncode == -9


class Kills:
    def __init__(self, directory, rows, seed):
        self.source = directory / "source"
        self.room = directory / "room"
        self.dataset = self.room / "ds"
        self.random = random.Random(seed)
        self.outcomes = collections.Counter()
        write_dataset(self.source, rows)
        self.reset()
        self.old = tree(self.room)
        self.duration = {"files": seconds(*in_place(self.dataset, "files"))}
        self.new = tree(self.room)
        assert self.new != self.old
        self.reset()
        self.duration["swap"] = seconds(*in_place(self.dataset, "swap"))
        assert tree(self.room) == self.new
        self.duration["recover"] = seconds("recover", self.dataset)

    def reset(self):
        if self.room.exists():
            remove(self.room)
        self.room.mkdir()
        hard_copy(self.source, self.dataset)

    def kill_somewhere(self, what, arguments):
        duration = self.duration[what]
        if self.random.random() < 0.4:
            return kill(arguments, self.random.uniform(0, 1.05 * duration))
        # Most of a run decides and encodes; this is where it stages and publishes.
        begin = self.dataset / ".planish"
        if what == "files" and self.random.random() < 0.5:
            begin = begin / "journal"
        return kill(arguments, self.random.choice([0, self.random.uniform(0, duration / 4)]),
                    begin)

    def kill(self, publish):
        self.reset()
        killed = self.kill_somewhere(publish, in_place(self.dataset, publish))
        kills = 1 if killed else 0
        while self.random.random() < 0.3:
            kills += 1 if self.kill_somewhere("recover", ["recover", str(self.dataset)]) else 0
        outcome = json.loads(planish("recover", self.dataset, "--json").stdout)["outcome"]
        self.check(outcome, killed)
        again = json.loads(planish("recover", self.dataset, "--json").stdout)["outcome"]
        assert again == "nothing_to_do", again
        self.outcomes[publish, "killed" if killed else "done", outcome] += 1
        return kills

    def check(self, outcome, killed):
        now = tree(self.room)
        if now not in (self.old, self.new):
            raise AssertionError(f"neither old nor new: {sorted(now)}")
        assert killed or now == self.new, "a run that was done is undone"
        assert outcome != "rolled_forward" or now == self.new, outcome
        assert outcome != "rolled_back" or now == self.old, outcome
        self.outcomes["old" if now == self.old else "new"] += 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--rows", type=int, default=30_000)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    print(f"seed {options.seed}")
    # On disk, where syncing takes its time, so that there is more to be met on the way.
    with tempfile.TemporaryDirectory() as directory:
        kills = Kills(pathlib.Path(directory), options.rows, options.seed)
        count = tries = 0
        # A fast machine may be done before it is killed; that is a fair try, but no kill.
        while count < options.kills and tries < 3 * options.kills:
            count += kills.kill("swap" if tries % 3 == 2 else "files")
            tries += 1
        print(f"{count} kills in {tries} tries over {options.rows} rows")
        for outcome, times in sorted(kills.outcomes.items(), key=str):
            print(f"  {times} {outcome}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
