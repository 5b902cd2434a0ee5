"""The service over a database of the benchmark, as a process of its own: ``python -m bench.serve HOME URL PORT``."""

import sys

import uvicorn

from geo_housing.app import create_app
from geo_housing.db import Database
from geo_housing.edge.logs import configure_logs
from geo_housing.settings import read_settings


def main(home: str, url: str, port: str) -> None:
    """Serve until killed."""
    configure_logs(level=40)
    app = create_app(read_settings({"GEO_HOUSING_HOME": home}), Database(url))
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_config=None, access_log=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
