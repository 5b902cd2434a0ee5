"""The login of the service on a server of one's own: may become gh_app, and has the password of its address.

In the private cluster the operating system says who somebody is, so the login has no password there.
"""

import re

from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from geo_housing.db import APP_ROLE, NARROW_ROLES, SERVICE_LOGIN
from geo_housing.errors import NotReady


def let_in(admin: Connection, service_url: str) -> None:
    """Let the login of ``service_url`` become gh_app and the two narrower roles, and nothing more.

    The login that the migration makes, gh_service, gets the password of the address as long as it has none. A
    password that is there stays, and so does that of a login which the administrator has made.
    """
    url = make_url(service_url)
    login = url.username
    if not login:
        return
    known = admin.scalar(text("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = :name)"), {"name": login})
    if not known:
        raise NotReady(
            f"数据库里没有 GEO_HOUSING_DATABASE_URL 写的登录角色 {login}。"
            f"请改用 {SERVICE_LOGIN}，或由管理员先建立它：CREATE ROLE {login} LOGIN NOINHERIT PASSWORD '…'。"
        )
    for role in (APP_ROLE, *NARROW_ROLES):
        is_member = "SELECT pg_has_role(oid, :role, 'MEMBER') FROM pg_roles WHERE rolname = :name"
        if not admin.scalar(text(is_member), {"role": role, "name": login}):
            admin.exec_driver_sql(f"GRANT {role} TO {_quoted(admin, login)}")
    if login == SERVICE_LOGIN and url.password and _has_no_password(admin, login):
        _set_password(admin, login, str(url.password))


def fault_of_login(service_url: str) -> str | None:
    """What keeps the service from connecting, in the server's words; None when nothing does."""
    engine = create_engine(service_url, connect_args={"connect_timeout": 10})
    try:
        with engine.connect():
            return None
    except OperationalError as error:
        return _reason(error)
    finally:
        engine.dispose()


def cannot_connect(service_url: str, fault: str) -> str:
    """The sentence for it; names everything of the address but the password."""
    url = make_url(service_url)
    host = url.query.get("host", url.host) or "localhost"
    return (
        f"用 GEO_HOUSING_DATABASE_URL 连不上数据库（用户 {url.username}，主机 {host}，库 {url.database}）：{fault}。"
        "请检查地址、密码，以及服务器是否在运行。"
        f"要改密码，请管理员在数据库里运行：ALTER ROLE {url.username} PASSWORD '…'。"
    )


def _has_no_password(admin: Connection, login: str) -> bool:
    """Only a superuser can see it; who cannot, leaves it alone."""
    try:
        return bool(admin.scalar(text("SELECT rolpassword IS NULL FROM pg_authid WHERE rolname = :n"), {"n": login}))
    except ProgrammingError:
        return False


def _set_password(admin: Connection, login: str, password: str) -> None:
    """As a SCRAM verifier made here: the password itself is in no statement and so in no log of the server."""
    driver = admin.connection.driver_connection
    assert driver is not None, "an open connection has its driver's"
    verifier = driver.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256").decode("ascii")
    # Base64, $ and : only.
    admin.exec_driver_sql(f"ALTER ROLE {_quoted(admin, login)} PASSWORD '{verifier}'")


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)


def _reason(error: OperationalError) -> str:
    told = re.findall(r"failed: (?:FATAL:\s*)?(.+)", str(error.orig))
    return told[-1].strip() if told else type(error.orig).__name__
