UPDATE family f SET household_id = p.id
FROM (
    SELECT r.line, t.id
    FROM (
        SELECT f.line, f.house_id, s.head, row_number() OVER (PARTITION BY f.house_id, s.head ORDER BY f.line) AS place
        FROM family f JOIN staging s ON s.line = f.line
        WHERE NOT f.is_new AND f.household_id IS NULL AND {row_has_number}
    ) r
    JOIN (
        SELECT t.house_id, t.id, t.head, row_number() OVER (PARTITION BY t.house_id, t.head ORDER BY t.id) AS place
        FROM there t
        WHERE {family_has_number} AND NOT EXISTS (SELECT FROM family o WHERE o.house_id = t.house_id AND o.household_id = t.id)
    ) t ON t.house_id = r.house_id AND t.head = r.head AND t.place = r.place
) p
WHERE f.line = p.line;
