"""Who acted, as people read it. Pure."""


def person(actor: str) -> str:
    """``user:wang`` as wang, ``cli:root`` as 命令行 root; a name is left as it is."""
    kind, _, name = actor.partition(":")
    return {"user": name, "cli": f"命令行 {name}", "job": f"后台任务 {name}"}.get(kind, actor) if name else actor
