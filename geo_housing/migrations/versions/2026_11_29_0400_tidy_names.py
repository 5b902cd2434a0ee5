"""Names in the register as they are written since: a name that was spread over its cell is the same family as one that was not.

Ledgers, forms and the joining of houses ask for equal names; from now on every door writes them so (people_names.py).
"""

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

# people_names.py as it stands today: invisible characters, dots, and the letters that a name is spread over.
_UNSEEN = r"[\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]"
_DOTS = r"[\u00b7\u0387\u16eb\u2022\u2027\u2219\u22c5\u2e31\u2e33\u30fb\uff65\uff0e.]"
# Every blank by its number: the column is in the order of bytes, for which only those of ASCII are blanks.
_BLANK = r"[ \t\n\r\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
_HAN = r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_PADDED = rf"^{_HAN}({_BLANK}*{_HAN}){{1,2}}$|^{_HAN}({_BLANK}+{_HAN})+$"


def upgrade() -> None:
    """Go up. A house whose code, family and point stay is the same house: only the spelling of the name changes."""
    op.execute(rf"""
        WITH plain AS (
            SELECT id, regexp_replace(regexp_replace(head, '{_UNSEEN}', '', 'g'), '^{_BLANK}+|{_BLANK}+$', '', 'g') AS head FROM household WHERE head ~ '{_UNSEEN}|{_DOTS}|{_BLANK}'
        ), tidy AS (
            SELECT id, CASE WHEN head ~ '{_PADDED}' THEN regexp_replace(head, '{_BLANK}', '', 'g')
                ELSE regexp_replace(head, '(?<={_HAN}){_BLANK}*{_DOTS}{_BLANK}*(?={_HAN})', U&'\00B7', 'g') END AS head
            FROM plain
        )
        UPDATE household k SET head = t.head FROM tidy t WHERE t.id = k.id AND t.head <> k.head AND t.head <> ''
    """)


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
