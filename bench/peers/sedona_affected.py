"""SedonaDB: ids of the points in a GeoParquet file that a zone (WKT file) holds. Prints {"seconds": […], "ids": "hash", "rows": n}.

Runs in the peers' own environment. The file is read in every round, as a GeoParquet engine does it.
"""

import hashlib
import json
import sys
import time
from pathlib import Path

import numpy as np
import sedona.db


def main(parquet: str, wkt_file: str, rounds: int) -> None:
    """Time ``rounds`` queries after one that warms up."""
    connection = sedona.db.connect()
    wkt = Path(wkt_file).read_text()
    query = f"SELECT id FROM houses WHERE ST_Intersects(geometry, ST_GeomFromWKT('{wkt}', 4326))"
    times, ids = [], np.empty(0, dtype=np.int64)
    for _ in range(rounds + 1):
        begun = time.perf_counter()
        connection.read_parquet(parquet).to_view("houses", overwrite=True)
        ids = connection.sql(query).to_arrow_table().column("id").to_numpy()
        times.append(time.perf_counter() - begun)
    digest = hashlib.sha256(np.sort(ids).astype("<i8").tobytes()).hexdigest()
    print(json.dumps({"seconds": times[1:], "rows": len(ids), "ids": digest}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
