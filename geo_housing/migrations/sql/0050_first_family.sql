-- Brings the caches of houses (households, the first of them, people, key groups, traits) in step with the families living there.
CREATE OR REPLACE FUNCTION house_recount(houses bigint[]) RETURNS bigint LANGUAGE sql AS $$
    WITH updated AS (
        UPDATE house h SET households = c.households, first_household_id = c.first_household_id, people = c.people,
            households_without_size = c.households_without_size, key_groups = c.key_groups, traits = c.traits
        FROM unnest(houses) AS x (id)
        CROSS JOIN LATERAL (
            SELECT count(*)::smallint AS households, min(k.id) AS first_household_id,
                coalesce(sum(k.persons), 0)::smallint AS people,
                (count(*) - count(nullif(k.persons, 0)))::smallint AS households_without_size,
                string_to_array(string_agg(array_to_string(key_groups_of(k.categories), ','), ',' ORDER BY k.id), ',')
                    COLLATE "C" AS key_groups,
                string_to_array(string_agg(array_to_string(k.traits, ','), ',' ORDER BY k.id), ',') COLLATE "C" AS traits
            FROM house_household l JOIN household k ON k.id = l.household_id
            WHERE l.house_id = x.id AND l.relation = 'lives' AND l.to_on IS NULL
            OFFSET 0
        ) c
        WHERE h.id = x.id
          AND (h.households, h.first_household_id, h.people, h.households_without_size, h.key_groups, h.traits)
            IS DISTINCT FROM
            (c.households, c.first_household_id, c.people, c.households_without_size, c.key_groups, c.traits)
        RETURNING 1
    )
    SELECT count(*) FROM updated
$$;

UPDATE house h SET first_household_id = f.household_id
FROM (
    SELECT house_id, min(household_id) AS household_id FROM house_household
    WHERE relation = 'lives' AND to_on IS NULL GROUP BY 1
) f
WHERE h.id = f.house_id;
