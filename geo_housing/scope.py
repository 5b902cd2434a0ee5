"""AreaScope: the one way to say whose rows a piece of work may touch.

Area codes are hierarchical by prefix (county 6, township 9, village 12 digits), so a scope is a half-open
range of codes: ``lo <= scope_code < hi`` with ``hi = lo || ':'`` (``:`` is the character after ``9``). The same
range stands in the row level security policies; this object is the first lock, they are the second.
"""

from dataclasses import dataclass

from geo_housing.errors import BadInput, NotAllowed

ACCEPTED_LENGTHS = (2, 4, 6, 9, 12)


@dataclass(frozen=True)
class AreaScope:
    """All areas whose code begins with ``prefix``; the empty prefix is the whole database."""

    prefix: str = ""

    def __post_init__(self) -> None:
        if self.prefix and (not self.prefix.isascii() or not self.prefix.isdigit()):
            raise BadInput(f"区划代码“{self.prefix}”不对：应只含数字。")
        if self.prefix and len(self.prefix) not in ACCEPTED_LENGTHS:
            raise BadInput(f"区划代码“{self.prefix}”不对：县 6 位，乡镇 9 位，村 12 位。")

    @property
    def lo(self) -> str:
        """First code of the range; '0' for the whole database, because '' must mean no rows."""
        return self.prefix or "0"

    @property
    def hi(self) -> str:
        """First code after the range."""
        return f"{self.prefix}:" if self.prefix else ":"

    def covers(self, code: str) -> bool:
        """Whether ``code`` lies in this scope."""
        return code.startswith(self.prefix)

    def narrowed(self, code: str | None) -> "AreaScope":
        """The scope narrowed to ``code``; NotAllowed when ``code`` lies outside, this scope when ``code`` is None."""
        if code is None or code == "":
            return self
        wanted = AreaScope(code)
        if self.covers(code):
            return wanted
        if self.prefix.startswith(code):
            return self
        raise NotAllowed(f"区划 {code} 不在您的管辖范围（{self.prefix}）内。")


EVERYWHERE = AreaScope("")
