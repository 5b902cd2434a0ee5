"""What stands in the journal and in a file where nobody has said for whom and what for it was taken. Pure."""

NOT_STATED = "未填写"
# By which door a file went out for which nobody had to say a purpose: commands and addresses that programs have long used.
_BY_DOOR = {"cli": "命令行导出，未写用途", "api": "接口导出，未写用途"}


def not_stated(source: str) -> str:
    """That there is no purpose, and how the file was taken; ``source`` as of an actor."""
    return _BY_DOOR.get(source, NOT_STATED)
