"""Which families a damaged house was the home of when the disaster came: what is cleared away or left afterwards takes nobody off.

A ruin is demolished, its family moves to kin or gets another house, a family is divided: the register follows, the loss stays
what it was. Texts of SQL for an inspection ``i`` and its event ``v``; no Session here.
"""

# The damage class of a house. Where nobody has stated it yet it is that of the worst rooms told: no lighter one may be stated
# beside them (inspections/stages.py), and a house with ruined rooms in no class would be in no count. NULL: neither is told.
DAMAGE = """(CASE WHEN i.result = 'collapsed' THEN 'collapsed' WHEN i.damage IS NOT NULL THEN i.damage
    WHEN i.rooms_collapsed > 0 THEN 'collapsed' WHEN i.rooms_severe > 0 THEN 'severe' WHEN i.rooms_slight > 0 THEN 'slight' END)"""
_SEEN = "(coalesce(i.visited_at, i.begun_at) AT TIME ZONE 'Asia/Shanghai')::date"
# Left since it was seen, or since the event began because the house had ended or they could not stay (they waited for a home).
# Who came later is none of them, unless they came with the same building that had been registered twice.
_LIVED = f"""l.house_id = i.house_id AND l.relation = 'lives' AND l.closed_with IS DISTINCT FROM 'same'
        AND (l.to_on IS NULL OR l.to_on >= {_SEEN}
            OR (l.closed_with = 'ended' AND l.to_on >= (v.created_at AT TIME ZONE 'Asia/Shanghai')::date))
        AND (l.from_on IS NULL OR l.from_on <= {_SEEN} OR EXISTS (
            SELECT FROM house_household o JOIN house d ON d.id = o.house_id
            WHERE o.household_id = l.household_id AND o.closed_with = 'moved' AND d.duplicate_of = i.house_id))"""
# Where the register knew nobody then, who was entered for the house since lived there.
_LIVES = "l.house_id = i.house_id AND l.relation = 'lives' AND l.to_on IS NULL"
# The families, once each; to be joined laterally.
FAMILIES = f"""
    SELECT DISTINCT l.household_id FROM house_household l
    WHERE {DAMAGE} IS NOT NULL AND ({_LIVED}
        OR ({_LIVES} AND NOT EXISTS (SELECT FROM house_household l WHERE {_LIVED})))
"""
