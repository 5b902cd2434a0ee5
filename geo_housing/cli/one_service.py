"""One service for one home: a second one, perhaps of other code, would migrate the first one's database and take its address."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from geo_housing.cli.address import served_address
from geo_housing.errors import NotReady
from geo_housing.service_user import owner_of, prepare_home

if TYPE_CHECKING:
    from geo_housing.settings import Settings


@contextmanager
def only_service(settings: "Settings") -> Iterator[None]:
    """Hold the home for this service as long as it runs; NotReady while another one does.

    Of a server that somebody else keeps (``database_url``) several services may work at once. The kernel frees the lock
    when its holder dies, and when it goes on as the system user, who takes it again.
    """
    if settings.database_url:
        yield
        return
    owner = owner_of(settings)
    prepare_home(settings, owner)
    handle = os.open(settings.home / "service.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        if owner.is_other:
            os.fchown(handle, owner.uid, owner.gid)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotReady(
                f"数据目录 {settings.home} 已有服务在运行（{served_address(settings)}）。要换端口，请先停止它；"
                "要另起一套，请先把 GEO_HOUSING_HOME 设为别的目录。"
            ) from None
        yield
    finally:
        os.close(handle)
