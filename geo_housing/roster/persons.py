"""Whom the cells of one row mean: several names in a cell, a label before a name, a role that only the post tells. Pure."""

import re
from collections.abc import Sequence

from geo_housing.errors import Fault
from geo_housing.houses.spreadsheet.faults import CellFault, LedgerFault
from geo_housing.phones import DIVIDER
from geo_housing.roster.facts import SEALED, Kind, Values
from geo_housing.roster.order import DUTY_PHONE
from geo_housing.roster.spelling import COMPOUND_SURNAMES, DUTY_NAME, LABEL, known_turn, read_post, read_role
from geo_housing.words import CONTACT_ROLE

NOT_TAKEN = "这一行未导入。"
Person = tuple[Values, dict[str, str]]

_NAMES = re.compile(r"[、,;/\n\r]")
_CHINESE = re.compile(r"[\u4e00-\u9fff]+")
_INNER_SPACE = re.compile(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])")
_WIDE_SPACE = re.compile(r"(?<=[\u4e00-\u9fff]{2})\s{2,}(?=[\u4e00-\u9fff]{2})")


def people_in(
    line: int,
    role: str | None,
    values: Values,
    headings: dict[str, str],
    title_role: str | None,
    faults: list[Fault],
) -> list[Person]:
    """The people of one group of columns: several names in a cell are several people, each with their own number."""
    stated = _without_labels(line, dict(values), headings, faults)
    if role is not None:
        turn = known_turn(role)
        if turn is None:
            try:
                stated["role"], turn = read_role(role)
            except CellFault as fault:
                faults.append(LedgerFault(line, role, None, str(fault) + NOT_TAKEN, "rejected"))
                return []
        if turn:
            stated.setdefault("turn", turn)
    if not _with_post(line, stated, headings, title_role, faults):
        return []
    if "name" not in stated:
        if stated["role"] != DUTY_PHONE or SEALED not in stated:
            return []
        stated["name"] = DUTY_NAME
    numbers = (stated.get(SEALED) or "").split(DIVIDER) if stated.get(SEALED) else []
    names = _names(line, stated["name"], len(numbers), headings, faults)
    if len(names) == 1:
        return [({**stated, "name": names[0]}, headings)]
    if numbers and len(numbers) != len(names):
        heading = headings.get("phone", "联系电话")
        faults.append(
            LedgerFault(
                line,
                heading,
                None,
                f"有 {len(names)} 个姓名、{len(numbers)} 个电话，无法对应，未导入；请一人一行填写。",
                "rejected",
            )
        )
        return []
    alone = {name: value for name, value in stated.items() if name != SEALED}
    return [
        ({**alone, "name": name} | ({SEALED: numbers[n]} if numbers else {}), headings) for n, name in enumerate(names)
    ]


def without_label(line: int, kind: Kind, values: Values, headings: dict[str, str], faults: list[Fault]) -> Values:
    """The values without what stands before a name (组长：); of a technician it is kept in the remark."""
    name = "name" if kind.name == "technicians" else "contact_name"
    found = LABEL.match(values.get(name) or "")
    if found is None:
        return values
    label = found[1]
    bare = {**values, name: values[name][found.end() :].strip()}
    if kind.name == "technicians":
        bare["remark"] = "；".join(text for text in (label, values.get("remark")) if text)
        sentence = f"姓名前写着“{label}”，已从姓名里取出，记在备注里；请核对。"
    else:
        sentence = f"姓名前写着“{label}”，已从姓名里去掉；请核对。"
    faults.append(LedgerFault(line, headings.get(name), None, sentence, "check"))
    return bare


def _without_labels(line: int, stated: Values, headings: dict[str, str], faults: list[Fault]) -> Values:
    """The same of contacts, of each name of a cell; what stands before the only one is its post where none is stated."""
    parts = _NAMES.split(stated.get("name") or "")
    labels = [found[1] for part in parts if (found := LABEL.match(part.strip()))]
    if not labels:
        return stated
    stated["name"] = DIVIDER.join(LABEL.sub("", part.strip()) for part in parts)
    told = "、".join(labels)
    sentence = f"姓名前写着“{told}”，已从姓名里去掉；请核对。"
    if len(parts) == 1 and "post" not in stated:
        stated["post"] = labels[0]
        sentence = f"姓名前写着“{told}”，已从姓名里取出，作为职务；请核对。"
    faults.append(LedgerFault(line, headings.get("name"), None, sentence, "check"))
    return stated


def _with_post(
    line: int, stated: Values, headings: dict[str, str], title_role: str | None, faults: list[Fault]
) -> bool:
    """Role and turn of the post where nothing else in the row says them; False where nobody says the role."""
    text = stated.get("post")
    post = read_post(text) if text else None
    heading = headings.get("post", "职务")
    if post is not None and len(post.turns) > 1 and "turn" not in stated:
        sentence = "A、B 岗都写了，不知道是哪一个，没有采用；请在“岗次”列写明。"
        faults.append(LedgerFault(line, heading, text, sentence, "check"))
    elif post is not None and post.turn is not None and stated.setdefault("turn", post.turn) != post.turn:
        sentence = f"职务里写的是 {post.turn} 岗，另处写的是 {stated['turn']} 岗，按后者登记；请核对。"
        faults.append(LedgerFault(line, heading, text, sentence, "check"))
    if "role" in stated:
        return True
    role = post.role if post is not None else None
    if role is not None and post is not None:
        stated["role"] = role
        if len(post.posts) > 1:
            sentence = f"写了几个职务，按“{CONTACT_ROLE.label(role)}”登记；不对的请在“责任人类别”列写明。"
            faults.append(LedgerFault(line, heading, text, sentence, "check"))
        return True
    if title_role is not None:
        stated["role"] = title_role
        if post is not None and post.is_doubtful:
            sentence = (
                f"不知道是哪一类责任人，按标题登记为“{CONTACT_ROLE.label(title_role)}”；不对的请在“责任人类别”列写明。"
            )
            faults.append(LedgerFault(line, heading, text, sentence, "check"))
        return True
    if post is not None:
        sentence = "从职务看不出是哪一类责任人，未导入；请加一列“责任人类别”，如 包村干部、网格员。"
        faults.append(LedgerFault(line, heading, text, sentence, "rejected"))
    else:
        sentence = "没有写明责任人类别，如 包村干部、网格员；未导入。"
        faults.append(LedgerFault(line, "责任人类别", None, sentence, "rejected"))
    return False


def _names(line: int, text: str, numbers: int, headings: dict[str, str], faults: list[Fault]) -> list[str]:
    """The names of a cell. Spaces pad a short name or stand between two: what each says decides, then how many numbers."""
    found: list[str] = []
    parts = [part.strip() for part in _NAMES.split(text) if part.strip()]
    for part in (piece for whole in parts for piece in _WIDE_SPACE.split(whole)):
        grouped = _grouped(part.split())
        if len(grouped) > 1 and len(parts) == 1 and numbers > 1:
            found += grouped
            continue
        name = _INNER_SPACE.sub("", part)
        if len(grouped) > 1:
            sentence = f"姓名里有空格，按一人“{name}”登记；确是几人的，请用顿号隔开或一人一行。"
            faults.append(LedgerFault(line, headings.get("name"), None, sentence, "check"))
        found.append(name)
    return found


def _grouped(words: Sequence[str]) -> list[str]:
    """Words of a cell as names: a single sign belongs to what follows it (邢 远山), a last one to what stands before."""
    if not all(_CHINESE.fullmatch(word) for word in words):
        return [" ".join(words)]
    names: list[str] = []
    for word in words:
        if names and (len(names[-1]) == 1 or (names[-1] in COMPOUND_SURNAMES and len(words) == 2)):
            names[-1] += word
        else:
            names.append(word)
    if len(names) > 1 and len(names[-1]) == 1:
        names[-2:] = [names[-2] + names[-1]]
    return names
