"""Names of divisions as ledgers and warnings write them, brought to one form for matching.

A village is known by many words (村委会, 村民委员会, 村, 嘎查): one unit. A residents' committee (居委会, 社区) of the
same stem is another unit: nine stems occur twice in the county, one of them within one township. So a full name
matches its kind only, and a bare stem matches both and has to be asked about when two answer.
"""

import re
import unicodedata
from dataclasses import dataclass

# 西一村村委会, 西一村委会, 西一村 and 西一 are one village.
_VILLAGE = re.compile(
    r"(嘎查村民委员会|嘎查村委会|嘎查委员会|嘎查村|嘎查|村村民委员会|村村委会|村民委员会|村委会|行政村|村)$"
)
_RESIDENTS = re.compile(r"(社区居民委员会|社区居委会|居民委员会|居委会|社区)$")
_TOWNSHIP = re.compile(r"(街道办事处|街道|民族乡|苏木|乡|镇)$")
# 省, 盟 and 旗 stand in villages' own names, too (红旗村, 联盟村): only after two characters, and never all of a name.
_PREFIX = re.compile(r"^.{2,}?(自治区|省)|^.*?(盟|市)(?=[^县旗市]{2,8}(县|旗|市))")
_COUNTY = re.compile(r"^[^乡镇村]{1,8}?县(?=.)|^[^乡镇村]{2,8}?旗(?=.)")
_SPACE = re.compile(r"[\s·•.()（）]+")


@dataclass(frozen=True)
class MatchKey:
    """Stem and kind of a name; kind is '' when the name does not say."""

    stem: str
    kind: str

    def meets(self, other: "MatchKey") -> bool:
        """Same stem, and kinds that do not contradict."""
        return self.stem == other.stem and (not self.kind or not other.kind or self.kind == other.kind)


def normalise_area_name(name: str) -> str:
    """NFKC, without spaces and brackets, without the names of province, league and county in front."""
    plain = _SPACE.sub("", unicodedata.normalize("NFKC", name))
    plain = _PREFIX.sub("", plain)
    bare = _COUNTY.sub("", plain)
    return plain if _VILLAGE.fullmatch(bare) or _RESIDENTS.fullmatch(bare) or _TOWNSHIP.fullmatch(bare) else bare


def key_of(name: str, level: str) -> MatchKey:
    """Stem and kind of ``name`` at ``level`` (county, township, village)."""
    plain = normalise_area_name(name) if level != "county" else _SPACE.sub("", unicodedata.normalize("NFKC", name))
    if level == "village":
        for kind, pattern in (("residents", _RESIDENTS), ("village", _VILLAGE)):
            if pattern.search(plain) and len(pattern.sub("", plain)) >= 1:
                return MatchKey(pattern.sub("", plain), kind)
        return MatchKey(plain, "")
    if level == "township" and _TOWNSHIP.search(plain) and len(_TOWNSHIP.sub("", plain)) >= 1:
        return MatchKey(_TOWNSHIP.sub("", plain), "")
    return MatchKey(plain, "")


def match_key(name: str, level: str) -> str:
    """``key_of`` as one text for the database: ``stem`` or ``stem/kind``."""
    key = key_of(name, level)
    return f"{key.stem}/{key.kind}" if key.kind else key.stem


def short_name(name: str) -> str:
    """光明村委会 as people say it: paper has little room."""
    for ending, short in (("村民委员会", "村"), ("村村委会", "村"), ("村委会", "村"), ("居民委员会", "居委会")):
        if name.endswith(ending):
            return name.removesuffix(ending) + short
    return name
