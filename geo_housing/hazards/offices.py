"""Whether two names mean one office: only who has issued a warning is taken to lift or to change it. Pure."""

_SAME = (("气象局", "气象台"), ("水务局", "水利局"), ("防汛抗旱", "防汛"), ("指挥部办公室", "指挥部"), ("防办", "防指"))


def may_speak_for(one: str | None, other: str | None) -> bool:
    """Whether ``one`` may be ``other``, several of each being joined by 、; who is not known may be anybody."""
    if not one or not other:
        return True
    return any(_is_same(_bare(a), _bare(b)) for a in one.split("、") for b in other.split("、"))


def speaks_for_county(office: str, county: str) -> bool:
    """Whether an office is one of the county, by its full name or as it is called there (县气象台)."""
    return any(county in one or one.strip().startswith(county[-1:]) for one in office.split("、"))


def _is_same(one: str, other: str) -> bool:
    # 县气象台 and 内蒙古自治区兴安盟突泉县气象台 are 突泉县气象台.
    return one.endswith(other) or other.endswith(one)


def _bare(name: str) -> str:
    for word, same in _SAME:
        name = name.strip().replace(word, same)
    return name
