#!/usr/bin/env python3
"""Checks rules of the sources that neither the compiler nor swift-format knows.

1. Modules of a network are called through one door: no `callAsFunction` but those in
   `Sources/NN/Modules/Module+Calls.swift`, and those of types that are no modules, listed below.
2. A doc comment names its subject. Comments that begin with "What", "Of", "Those" and the like are
   counted per target; `headless_comments.txt` beside this script holds the most that each may have,
   and a target without a line there may have none. Lower a number when a count falls.
"""
import pathlib
import re
import sys
from collections import Counter

ROOT = pathlib.Path(__file__).resolve().parents[2]
BASELINE = pathlib.Path(__file__).with_name("headless_comments.txt")
DOOR = "Sources/NN/Modules/Module+Calls.swift"

# Losses, pipelines, box operations and tables of costs: callable, but no modules.
CALLABLE = {
    "Sources/Detectors/Boxes/Suppression.swift",
    "Sources/Distillation/Losses/DistillationLoss.swift",
    "Sources/Distillation/Losses/KLDivergence.swift",
    "Sources/Distillation/Losses/ATLoss.swift",
    "Sources/Distillation/Losses/AngleWiseRKD.swift",
    "Sources/Distillation/Losses/ChannelWiseDivergence.swift",
    "Sources/Distillation/Losses/DISTLoss.swift",
    "Sources/Distillation/Losses/DKDLoss.swift",
    "Sources/Distillation/Losses/DistanceWiseRKD.swift",
    "Sources/Distillation/Losses/L2Loss.swift",
    "Sources/Distillation/Losses/WSLD.swift",
    "Sources/NN/Losses/ClassificationLoss.swift",
    "Sources/NN/Losses/CrossEntropyLoss.swift",
    "Sources/NN/Losses/LabelSmoothLoss.swift",
    "Sources/Pruning/Pruners/SubnetFLOPs.swift",
    "Sources/SearchSpaces/Mutators/SubnetComplexity.swift",
    "Sources/Vision/Transforms/Pipeline.swift",
}

HEADLESS = re.compile(
    r"^\s*/// (What|Of|Those|Where|Whoever|Whatever|Nobody|That which)\b")


def main():
    problems = []
    headless = Counter()
    places = {}
    for file in sorted((ROOT / "Sources").rglob("*.swift")) + sorted((ROOT / "Tests").rglob("*.swift")):
        path = file.relative_to(ROOT).as_posix()
        target = path.split("/")[1]
        isComment = False
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if "func callAsFunction" in line and path != DOOR and path not in CALLABLE:
                problems.append(
                    f"{path}:{number}: modules write `forward`; calls go through {DOOR}")
            starts = HEADLESS.match(line) and not isComment
            isComment = line.lstrip().startswith("///")
            if starts and path.startswith("Sources/"):
                headless[target] += 1
                places.setdefault(target, []).append(f"{path}:{number}: {line.strip()}")
    allowed = dict(read_baseline())
    for target in sorted(headless):
        most = allowed.get(target, 0)
        if headless[target] > most:
            problems += places[target]
            problems.append(
                f"{target}: {headless[target]} doc comments without a subject, at most {most} "
                "may stay; name it first")
    if "--counts" in sys.argv:
        print("".join(f"{target} {headless[target]}\n" for target in sorted(headless)), end="")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def read_baseline():
    for line in BASELINE.read_text().splitlines():
        if line and not line.startswith("#"):
            target, count = line.split()
            yield target, int(count)


sys.exit(main())
