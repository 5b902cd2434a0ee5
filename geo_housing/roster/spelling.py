"""How townships write roles, turns, states and kinds of disaster in their lists. Pure: read, never said."""

import re
from dataclasses import dataclass

from geo_housing.houses.spreadsheet import row
from geo_housing.houses.spreadsheet.faults import CellFault
from geo_housing.words import CONTACT_ROLE, CONTACT_TURN

LONGEST_ROLE = 20
# As townships write them, without 村, 嘎查 and the like in front.
_ROLES: dict[str, str] = {
    **dict.fromkeys(("第一责任人", "乡镇主要领导", "党委书记", "乡长", "镇长", "苏木达", "乡镇长", "主要领导"), "township_lead"),
    **dict.fromkeys(("分管副职", "分管副乡长", "分管副镇长", "副乡长", "副镇长", "分管领导（副乡镇长）"), "deputy_lead"),
    **dict.fromkeys(
        ("书记", "支书", "支部书记", "党支部书记", "党总支书记", "嘎查书记", "嘎查支部书记", "书记主任", "书记兼主任",
         "书记、主任", "主要负责人", "两委主要负责人"),
        "secretary",
    ),
    **dict.fromkeys(("主任", "委会主任", "村长", "嘎查达", "嘎查主任"), "director"),
    **dict.fromkeys(("包村领导", "包片领导", "包联领导", "包村班子成员", "包嘎查领导"), "village_leader"),
    **dict.fromkeys(("包村干部", "包联干部", "包保干部", "驻村干部", "包嘎查干部", "乡镇包村干部"), "village_cadre"),
    **dict.fromkeys(("网格长", "网格员", "专职网格员", "农房安全网格员"), "grid_worker"),
    **dict.fromkeys(("组长", "小组长", "村民小组长", "屯长", "浩特长", "社长"), "group_head"),
    **dict.fromkeys(("驻村工作队", "工作队", "工作队长", "工作队队长", "驻村工作队长", "驻村工作队队长", "第一书记",
                     "驻村第一书记", "工作队员", "驻村工作队员"), "work_team"),
    **dict.fromkeys(("帮扶责任人", "帮扶干部", "帮扶人", "结对帮扶责任人"), "helper"),
    **dict.fromkeys(("包乡领导", "包镇领导", "包乡镇领导", "县级包联领导", "包乡镇县领导", "县包联领导"), "county_leader"),
    **dict.fromkeys(("住建局", "县住建局", "住建局联系人"), "bureau"),
    **dict.fromkeys(("值班", "值班室", "值班电话", "值班室电话", "值守电话", "应急值班电话", "24小时值班电话"), "duty_phone"),
    "其它": "other",
}  # fmt: skip
# With and without what stands after it in brackets.
_LABELS = {
    plain: code
    for code, label in CONTACT_ROLE.labels.items()
    for plain in (row.normalise(label), label.partition("（")[0])
}
TURNS = {
    **{row.normalise(label): code for code, label in CONTACT_TURN.labels.items()},
    **dict.fromkeys(("A", "A岗", "A角", "AB岗之A", "主", "主责", "主岗", "主要", "第一", "主班"), "A"),
    **dict.fromkeys(("B", "B岗", "B角", "AB岗之B", "备", "备岗", "备用", "副", "副岗", "替补", "副班"), "B"),
}
STATES = {
    **dict.fromkeys(("可用", "启用", "已启用", "正常", "开放", "可启用", "未启用", "在用", "是"), "open"),
    **dict.fromkeys(("停用", "关闭", "已停用", "不可用", "撤销", "否", "封闭"), "closed"),
}
_TURN_IN_ROLE = re.compile(r"[(（\[]?\s*([AB])\s*[岗角]\s*[)）\]]?", re.IGNORECASE)
# 网格员B, 包村干部(A): the letter alone, behind a word.
_LETTER_BEHIND = re.compile(r"(?<=[\u4e00-\u9fff])\s*(?:[(\[]\s*([AB])\s*[)\]]|([AB]))$", re.IGNORECASE)
_POSTS = re.compile(r"[、,;/]|\s+|兼任?|暨")
_IN_BRACKETS = re.compile(r"[(\[]([^)\]]*)[)\]]")
# What a post says that means one of the people of such a list, under whatever name.
_LIKE_A_ROLE = re.compile(r"[包驻联][村片保乡镇]|包联|网格|帮扶|工作队|屯长|责任人|[岗角]$")
_TURN_LETTER = re.compile("[AB]")
_BESIDE_A_TURN = re.compile(r"[AB]|[岗角()\[\]、/\-]|岗位|主责任?|主要|备用|备岗|替补|责任人|第[一二]|主|备|副")
_VILLAGE_IN_ROLE = re.compile(r"^(行政村|嘎查村|嘎查|村|乡镇|苏木乡镇|乡|镇|苏木)(?=.)")
DUTY_NAME = "值班室"
# 组长：甲, before a name.
LABEL = re.compile(
    r"^([\u4e00-\u9fff]{0,8}(?:组长|组员|成员|队长|队员|组|责任人|负责人|联系人|专家|网格[员长]|书记|主任|[岗角]))\s*:\s*(?=\S)"
)
# Two signs that are the first of one name: 欧阳 修文 is one person.
COMPOUND_SURNAMES = frozenset(
    ("欧阳", "司马", "上官", "诸葛", "司徒", "皇甫", "东方", "尉迟", "公孙", "慕容", "令狐", "端木", "夏侯", "宇文", "长孙", "独孤")
)  # fmt: skip
SAFE_WORDS = {"洪涝": "flood", "内涝": "flood", "雪灾": "snowstorm", "滑坡": "geological", "泥石流": "geological"}
ANY_KIND = frozenset({"全部", "各类灾害", "所有灾种", "各灾种", "综合", "通用"})


def read_role(text: str) -> tuple[str, str | None]:
    """Code word of a role, and the turn where the text names one (包村干部A岗); an unknown role stays as written."""
    plain = row.normalise(text).replace(" ", "")
    turn = _TURN_IN_ROLE.search(plain)
    bare = _TURN_IN_ROLE.sub("", plain) if turn else plain
    if turn is None and (letter := _LETTER_BEHIND.search(plain)) and known_role(plain[: letter.start()]) is not None:
        return known_role(plain[: letter.start()]) or plain, (letter[1] or letter[2]).upper()
    if len(bare) > LONGEST_ROLE:
        raise CellFault(f"责任人类别超过 {LONGEST_ROLE} 个字，请写简称，如 包村干部、网格员。")
    if not bare:
        raise CellFault("没有写明责任人类别，如 包村干部、网格员。")
    return known_role(bare) or bare, turn[1].upper() if turn else None


@dataclass(frozen=True)
class Post:
    """What a post (职务) says of its holder: the role as a code word, the turn, and the posts that it names, as written.

    Of several posts the first that the list knows is the role. ``is_doubtful``: it sounds like a role that the list does not
    know. ``turns`` has both where both are named.
    """

    role: str | None
    turns: tuple[str, ...]
    posts: tuple[str, ...]
    is_doubtful: bool = False

    @property
    def turn(self) -> str | None:
        """The turn that is surely meant."""
        return self.turns[0] if len(self.turns) == 1 else None


def read_post(text: str) -> Post:
    """Role and turn of a post: 包村领导(A角), 网格员B, 党支部书记、村委会主任, 乡长(防汛责任人)."""
    plain = row.normalise(text)
    turns = {found.upper() for found in _TURN_IN_ROLE.findall(plain)}
    bare = _TURN_IN_ROLE.sub("", plain).strip()
    if letter := _LETTER_BEHIND.search(bare):
        turns.add((letter[1] or letter[2]).upper())
        bare = bare[: letter.start()].strip()
    # 书记、主任 is one post under one of its names.
    if (role := known_role(bare.replace(" ", ""))) is not None:
        return Post(role, tuple(sorted(turns)), (bare,))
    outside = [part for part in _POSTS.split(_IN_BRACKETS.sub(" ", bare)) if part]
    inside = [part for found in _IN_BRACKETS.findall(bare) for part in _POSTS.split(found) if part]
    known = [(part, role) for part in (*outside, *inside) if (role := known_role(part)) not in (None, "other")]
    posts = (*outside, *(part for part, _ in known if part in inside))
    if known:
        return Post(known[0][1], tuple(sorted(turns)), posts)
    return Post(None, tuple(sorted(turns)), posts, bool(turns) or _LIKE_A_ROLE.search(bare) is not None)


def known_turn(text: str) -> str | None:
    """A or B of a text that says nothing else, in any of its spellings; None for any other."""
    plain = row.normalise(text).replace(" ", "").upper()
    if plain in TURNS:
        return TURNS[plain]
    letters = set(_TURN_LETTER.findall(plain))
    return letters.pop() if len(letters) == 1 and not _BESIDE_A_TURN.sub("", plain) else None


def known_role(text: str) -> str | None:
    """Code word of a role that the list knows, under any of its names; None for any other text."""
    plain = row.normalise(text)
    if plain in CONTACT_ROLE:
        return plain
    return _LABELS.get(plain) or _ROLES.get(plain) or _ROLES.get(_VILLAGE_IN_ROLE.sub("", plain))
