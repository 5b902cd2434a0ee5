"""Which column of a list is what."""

from geo_housing.roster.columns import slots_of

Told = list[tuple[int, str, str | None, int]]


def told(*heads: list[str], merges: tuple[tuple[int, int, int, int], ...] = (), kind: str = "contacts") -> Told:
    return [(slot.column, slot.field, slot.role, slot.group) for slot in slots_of(kind, heads, merges, 1)]


def test_one_line_a_person() -> None:
    assert told(["序号", "乡镇", "嘎查村", "人员类别", "姓名", "职务", "联系电话（手机）", "办公电话", "备注"]) == [
        (1, "township", None, -1), (2, "village", None, -1), (3, "role", None, -1), (4, "name", None, -1),
        (5, "post", None, -1), (6, "phone", None, -1), (7, "phone_2", None, -1), (8, "remark", None, -1),
    ]  # fmt: skip


def test_one_line_a_village_under_one_head_row() -> None:
    assert told(["村", "包村领导", "电话", "村书记", "联系电话", "网格员", "电话", "备注"]) == [
        (0, "village", None, -1),
        (1, "name", "包村领导", 0), (2, "phone", "包村领导", 0),
        (3, "name", "村书记", 1), (4, "phone", "村书记", 1),
        (5, "name", "网格员", 2), (6, "phone", "网格员", 2),
        (7, "remark", None, -1),
    ]  # fmt: skip


def test_one_line_a_village_with_the_role_in_each_heading() -> None:
    assert told(["行政村", "村书记姓名", "村书记电话", "包村干部（A岗）", "电话", "包村干部（B岗）", "电话", "值班电话"]) == [
        (0, "village", None, -1),
        (1, "name", "村书记", 0), (2, "phone", "村书记", 0),
        (3, "name", "包村干部（A岗）", 1), (4, "phone", "包村干部（A岗）", 1),
        (5, "name", "包村干部（B岗）", 2), (6, "phone", "包村干部（B岗）", 2),
        (7, "phone", "值班电话", 3),
    ]  # fmt: skip


def test_one_line_a_village_under_two_merged_head_rows() -> None:
    top = ["乡镇", "村", "包村领导", "", "", "防汛责任人", ""]
    low = ["", "", "姓名", "职务", "电话", "姓名", "电话"]
    expected: Told = [
        (0, "township", None, -1), (1, "village", None, -1),
        (2, "name", "包村领导", 0), (3, "post", "包村领导", 0), (4, "phone", "包村领导", 0),
        (5, "name", "防汛责任人", 1), (6, "phone", "防汛责任人", 1),
    ]  # fmt: skip
    assert told(top, low, merges=((1, 1, 2, 4), (1, 1, 5, 6), (1, 2, 0, 0), (1, 2, 1, 1))) == expected
    assert told(top, low) == expected


def test_shelters_and_technicians() -> None:
    assert [(c, f) for c, f, _, _ in told(["序号", "村", "安置点名称", "地址", "容纳人数（人）", "负责人", "电话", "东经", "北纬"], kind="shelters")] == [
        (1, "village"), (2, "name"), (3, "address"), (4, "capacity"), (5, "contact_name"), (6, "phone"), (7, "lon"), (8, "lat"),
    ]  # fmt: skip
    assert [f for _, f, _, _ in told(["组别", "姓名", "单位", "职称", "包联乡镇", "手机"], kind="technicians")] == [
        "team", "name", "unit", "certificate", "areas", "phone",
    ]  # fmt: skip
