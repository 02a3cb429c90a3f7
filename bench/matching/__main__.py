"""`python -m bench.matching FOLDER`: the figures of every set, for Buddy and for what one would use instead."""

from __future__ import annotations

import multiprocessing
import sys
from pathlib import Path

from bench.matching.lists import found
from bench.matching.sides import SIDES, measured

_HEAD = ("set", "side", "certain", "wrong", "certain recall", "with review", "cards", "best F1", "seconds", "MB")


def main() -> None:
    widths = (24, 10, 8, 6, 15, 12, 6, 8, 8, 6)
    print("".join(f"{text:<{width}}" for text, width in zip(_HEAD, widths, strict=True)))
    wrong = 0
    for lists in found(Path(sys.argv[1])):
        for side in SIDES:
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                result = pool.apply(measured, (side, lists))
            got = result.figures
            wrong += got.wrong if side == "Buddy" else 0
            cells = (
                lists.name,
                side,
                got.certain,
                got.wrong,
                f"{got.certain_recall:.3f}",
                f"{got.recall_with_review:.3f}",
                f"{got.cards:.2f}",
                f"{got.best_f1:.3f}",
                f"{result.seconds:.1f}",
                f"{result.megabytes:.0f}",
            )
            print("".join(f"{cell!s:<{width}}" for cell, width in zip(cells, widths, strict=True)))
    sys.exit(f"{wrong} certain links are wrong" if wrong else 0)


if __name__ == "__main__":
    main()
