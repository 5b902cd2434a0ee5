"""``python -m geo_housing.areas.demo FOLDER [SEED]`` writes the demo county's files."""

import sys
from pathlib import Path

from geo_housing.areas.demo import DEMO_SEED, demo_areas, write_files


def main(arguments: list[str]) -> int:
    """Exit code: 0 written, 2 wrong arguments."""
    if not 1 <= len(arguments) <= 2 or not all(seed.isdigit() for seed in arguments[1:]):
        print("用法：python -m geo_housing.areas.demo 文件夹 [随机种子]", file=sys.stderr)
        return 2
    areas = demo_areas(int(arguments[1]) if len(arguments) == 2 else DEMO_SEED)
    for path in write_files(areas, Path(arguments[0])):
        print(f"{path}  {path.stat().st_size:,} 字节")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
