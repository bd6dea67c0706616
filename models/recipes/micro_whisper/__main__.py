"""The whole recipe: speech, training, export and scores. Interrupted, it goes on where it stopped."""

import argparse
import subprocess
import sys


def step(module: str, *options: str) -> None:
    """Run one step as a process of its own: training wants one thread, scoring must not see torch."""
    subprocess.run([sys.executable, "-m", f"models.recipes.micro_whisper.{module}", *options], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=86, help="training time on one core")
    parser.add_argument("--shards", type=int, default=20, help="shards of 3,000 utterances in all")
    options = parser.parse_args()
    step("speech", "--until", str(options.shards))
    step("train", "--minutes", str(options.minutes))
    step("export")
    step("score")


if __name__ == "__main__":
    main()
