-- A family of whom the register says 0人 is of unknown size wherever its house counts as lived in, and whether it does changes with
-- the day: it is kept beside those of whom nothing is said (houses/living.py reads both).
COMMENT ON COLUMN house.households_without_size IS '户 living here of whom no number above 0 is stated';

-- Brings the caches of houses (households, people, key groups, traits) in step with the families living there.
CREATE OR REPLACE FUNCTION house_recount(houses bigint[]) RETURNS bigint LANGUAGE sql AS $$
    WITH updated AS (
        UPDATE house h SET households = c.households, people = c.people,
            households_without_size = c.households_without_size, key_groups = c.key_groups, traits = c.traits
        FROM unnest(houses) AS x (id)
        CROSS JOIN LATERAL (
            SELECT count(*)::smallint AS households, coalesce(sum(k.persons), 0)::smallint AS people,
                (count(*) - count(nullif(k.persons, 0)))::smallint AS households_without_size,
                string_to_array(string_agg(array_to_string(key_groups_of(k.categories), ','), ',' ORDER BY k.id), ',')
                    COLLATE "C" AS key_groups,
                string_to_array(string_agg(array_to_string(k.traits, ','), ',' ORDER BY k.id), ',') COLLATE "C" AS traits
            FROM house_household l JOIN household k ON k.id = l.household_id
            WHERE l.house_id = x.id AND l.relation = 'lives' AND l.to_on IS NULL
            OFFSET 0
        ) c
        WHERE h.id = x.id AND (h.households, h.people, h.households_without_size, h.key_groups, h.traits)
            IS DISTINCT FROM (c.households, c.people, c.households_without_size, c.key_groups, c.traits)
        RETURNING 1
    )
    SELECT count(*) FROM updated
$$;

UPDATE house h SET households_without_size = c.n
FROM (
    SELECT l.house_id, count(*)::smallint AS n
    FROM house_household l JOIN household k ON k.id = l.household_id
    WHERE l.relation = 'lives' AND l.to_on IS NULL AND coalesce(k.persons, 0) = 0 GROUP BY 1
) c
WHERE h.id = c.house_id AND h.households_without_size <> c.n;
