"""``geo-housing up``, ``worker`` and ``doctor``: the service itself."""

from typing import TYPE_CHECKING, Annotated

import typer

from geo_housing.cli.say import line, result, t, told

if TYPE_CHECKING:
    from geo_housing.db import Database
    from geo_housing.settings import Settings


def up(
    demo: Annotated[
        bool, typer.Option("--demo", help=t("库为空时装入演示县", "Load the demo county into an empty database"))
    ] = False,
    host: Annotated[str | None, typer.Option(help=t("监听地址（127.0.0.1）", "Address to listen on"))] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help=t("端口（8000）", "Port (8000)"))] = None,
    workers: Annotated[int, typer.Option(min=0, max=16, help=t("后台工作进程数", "Worker processes for jobs"))] = 1,
) -> None:
    """Run the service: database, web pages, background work. For example geo-housing up --port 8080.

    Prints the address, and a one-time sign-in link as long as no administrator has a password. Ctrl+C stops it; the
    private database goes on running until geo-housing db stop.
    """
    from dataclasses import replace

    from geo_housing.listening import listening_socket
    from geo_housing.settings import get_settings

    settings = get_settings()
    settings = replace(settings, host=host or settings.host, port=port or settings.port)
    # Before anything else is started: the most usual reason not to come up.
    listening_socket(settings.host, settings.port).close()
    from geo_housing.cli.one_service import only_service

    with only_service(settings):
        _serve(settings, demo=demo, workers=workers)
    line("服务已停止。", "Stopped.")


def _serve(settings: "Settings", *, demo: bool, workers: int) -> None:
    from geo_housing.cli.opening import open_database
    from geo_housing.listening import listening_socket

    database = open_database(settings)
    try:
        if not settings.database_url:
            _leave_root(settings)
        # Heavy, and of no use to root, who does not get here.
        from geo_housing.edge.logs import configure_logs
        from geo_housing.serving import serve

        _prepare(settings, database, demo=demo)
        link = _first_link(settings, database)
        configure_logs()
        with listening_socket(settings.host, settings.port) as listening:
            serve(settings, database, listening, workers=workers, ready=lambda: _announce(settings, link))
    finally:
        database.close()


def _leave_root(settings: "Settings") -> None:
    """Go on as the system user where root has given the command; root goes on where that cannot be, and says why."""
    from geo_housing.service_user import continue_as_service_user

    if hindrance := continue_as_service_user(settings):
        line(
            f"注意：无法换成系统用户，以 root 继续运行。原因：{told(hindrance)}。",
            f"Warning: goes on as root, not as the system user, because: {told(hindrance)}.",
        )


def worker(
    until_eof: Annotated[bool, typer.Option("--until-eof", hidden=True)] = False,
) -> None:
    """Run one background worker, beside those of up or on another machine. Example: geo-housing worker."""
    from geo_housing.cli.opening import open_database
    from geo_housing.edge.logs import configure_logs
    from geo_housing.rekeying import ready_keys
    from geo_housing.settings import get_settings
    from geo_housing.worker import run_worker

    settings = get_settings()
    database = open_database(settings)
    try:
        if not settings.database_url and not until_eof:
            _leave_root(settings)
        if not until_eof:
            # On another machine the keys may be missing; up has looked for its own workers already.
            ready_keys(database, settings)
        if until_eof:
            _stop_with_parent()
        else:
            line("工作进程已启动，按 Ctrl+C 停止。", "Working; Ctrl+C stops.")
        configure_logs()
        run_worker(database, settings)
    finally:
        database.close()


def doctor(
    quick: Annotated[
        bool, typer.Option("--quick", help=t("不核对计数、日志链和文件", "Leave out counts, journal chain and files"))
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help=t("最后一行输出 JSON", "One JSON object as the last line"))
    ] = False,
) -> None:
    """Look the installation over and say what to mend. Example: geo-housing doctor --json."""
    from dataclasses import asdict

    from geo_housing.cli.opening import open_database
    from geo_housing.doctor import examine
    from geo_housing.settings import get_settings

    settings = get_settings()
    checks = []
    for check in examine(settings, lambda: open_database(settings), quick=quick):
        checks.append(check)
        if not as_json:
            print(f"{'✓' if check.ok else '✗'} {check_label(check.name)}  {told(check.detail)}")
    ok = all(check.ok for check in checks)
    if as_json:
        result(
            {"ok": ok, "checks": [{**asdict(check), "detail": told(check.detail)} for check in checks]}, as_json=True
        )
    if not ok:
        raise typer.Exit(2)


def check_label(name: str) -> str:
    """What a check of doctor is called in the reader's language."""
    labels = {
        "cluster": "数据库", "extensions": "扩展", "migrations": "结构", "roles": "角色", "keys": "密钥", "grid": "计数",
        "events": "事件合计", "families": "户数", "homes": "住处", "journal": "日志链", "queue": "任务", "files": "文件",
        "assets": "页面文件", "base_map": "底图", "disk": "磁盘",
    }  # fmt: skip
    return t(labels.get(name, name), name)


def _prepare(settings: "Settings", database: "Database", *, demo: bool) -> None:
    from geo_housing.cli.run import cli_actor
    from geo_housing.listening import is_loopback
    from geo_housing.reactions import connect_reactions
    from geo_housing.rekeying import ready_keys

    connect_reactions()
    database.check_identity()
    ready_keys(database, settings)
    settings.files.mkdir(parents=True, exist_ok=True)
    settings.reports.mkdir(parents=True, exist_ok=True)
    if demo:
        from geo_housing.demo.service import load_if_empty

        line("检查演示数据（第一次装入约需半分钟）……", "Looking for the demo county (loading takes half a minute) …")
        load_if_empty(database, settings, cli_actor())
    if not is_loopback(settings.host):
        line(
            f"注意：服务监听 {settings.host}，网络上的其他机器可以访问，而连接没有加密（没有 TLS）。"
            "其他机器上的浏览器要经 https 才能登录：请在前面放置带证书的反向代理，写法见 README.zh-CN.md“让其他机器访问”。",
            f"Warning: listening on {settings.host} without TLS. Browsers on other machines can sign in over https only:"
            " put a proxy with a certificate in front (README.md, “From other machines”).",
        )


def _first_link(settings: "Settings", database: "Database") -> str | None:
    from geo_housing.accounts.credentials import first_administrator_link
    from geo_housing.cli.address import first_link_address, service_address
    from geo_housing.cli.run import cli_actor

    actor = cli_actor()
    with database.transaction(actor) as session:
        token = first_administrator_link(session, actor)
    return first_link_address(service_address(settings), token) if token else None


def _announce(settings: "Settings", link: str | None) -> None:
    from geo_housing.cli.address import note_served, service_address

    note_served(settings)
    address = service_address(settings)
    print(t(f"服务已启动：{address}", f"Running: {address}"), flush=True)
    if link:
        print(t("还没有管理员。请用这个一次性链接设置管理员（用户名 admin）的密码：",
                "No administrator yet. This one-time link sets the password of user admin:"), flush=True)  # fmt: skip
        print(f"  {link}", flush=True)
    line("按 Ctrl+C 停止。", "Ctrl+C stops.")


def _stop_with_parent() -> None:
    """End when ``up`` ends, in whatever way: its end of our standard input is closed then."""
    import os
    import signal
    import threading

    def wait() -> None:
        # Not through sys.stdin: its lock would be held when the interpreter ends.
        while os.read(0, 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()
