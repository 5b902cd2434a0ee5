"""Where the service is found: links that commands print lead to the one that was started last in this home."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo_housing.settings import Settings

_SERVED = "address"


def service_address(settings: "Settings") -> str:
    """The address by these settings: the stated one, else as seen from this machine unless it listens on a known one."""
    if settings.address:
        return settings.address
    host = "127.0.0.1" if settings.host in ("", "0.0.0.0", "::") else settings.host  # noqa: S104 -- compared, not bound
    host = f"[{host}]" if ":" in host else host
    return f"http://{host}:{settings.port}"


def note_served(settings: "Settings") -> None:
    """Keep where the service listens: ``up --port`` is known to nobody else."""
    (settings.home / _SERVED).write_text(service_address(settings), "utf-8")


def was_served(settings: "Settings") -> bool:
    """Whether the service has ever been started in this home, so that its address is known."""
    return (settings.home / _SERVED).is_file()


def served_address(settings: "Settings") -> str:
    """Where the service was last started; by the settings when it never was."""
    try:
        return (settings.home / _SERVED).read_text("utf-8").strip() or service_address(settings)
    except OSError:
        return service_address(settings)


def first_link_address(address: str, token: str) -> str:
    """Where a first link is opened."""
    return f"{address}/first/{token}"
