-- A village that was misspelt leaves its house at the township. The ledger put right names the village, and without a code its
-- row is known by the head's name in that township. A name says little among thousands of people, so a row is such a house only
-- where nothing contradicts, something else than the name speaks for it, and it is the only one on either side; of as many rows
-- as houses that nothing tells apart each is one. All others stay apart and are asked about: a house too many can be joined
-- to the other by a person, one that is missed cannot be seen.
CREATE TEMP TABLE named_above ON COMMIT DROP AS
    WITH asking AS MATERIALIZED (
        SELECT s.line, s.declared_code, s.head, s.id_number_key IS NULL AS plain
        FROM staging s
        WHERE s.code IS NULL AND s.head IS NOT NULL AND length(s.declared_code) = 12
          AND NOT EXISTS (SELECT FROM matched m WHERE m.line = s.line)
          AND NOT EXISTS (SELECT FROM numbered n WHERE n.line = s.line)
          -- Of more rows than houses of the name in the village the last ones are nobody's yet.
          AND NOT EXISTS (SELECT FROM finding f WHERE f.line = s.line AND f.kind = 'rejected')
          AND NOT EXISTS (SELECT FROM former_home o WHERE o.line = s.line)
    ), above AS MATERIALIZED (
        SELECT DISTINCT left(declared_code, n) AS area FROM asking CROSS JOIN (VALUES (9), (6)) AS digits(n)
    ), standing AS MATERIALIZED (
        -- By one index each: what counts at the township, and what lies in some village by its point.
        SELECT a.area, h.id FROM above a JOIN house h ON h.scope_code = a.area
        WHERE h.ended_on IS NULL AND length(coalesce(h.declared_code, '')) < 12
        UNION
        SELECT a.area, h.id FROM above a JOIN house h ON h.declared_code = a.area AND h.location_state <> 'located'
        WHERE h.ended_on IS NULL
    ), called AS MATERIALIZED (
        SELECT d.area, d.id AS house_id, k.id AS household_id, k.head, k.persons, k.phone_key,
            k.id_number_key IS NULL AS is_unnumbered
        FROM standing d
        JOIN house_household l ON l.house_id = d.id AND l.relation = 'lives' AND l.to_on IS NULL
        JOIN household k ON k.id = l.household_id
        CROSS JOIN intake i
        WHERE k.batch_id IS DISTINCT FROM i.batch_id
          -- What a row of this ledger means already is not free for another one.
          AND NOT EXISTS (SELECT FROM matched m JOIN staging s ON s.line = m.line
              WHERE m.house_id = d.id AND coalesce(s.head, k.head) = k.head)
    ), pair AS (
        SELECT a.line, a.head, a.plain, a.declared_code, c.house_id, c.household_id, {village_of_house} AS written,
            length(c.area) = 9 AND {contradictions} = 0
            AND (starts_with(a.declared_code, h.scope_code) OR coalesce(s.lon = ST_X(h.geom) AND s.lat = ST_Y(h.geom), false))
            AND CASE WHEN {village_of_house} IS NULL
                THEN {agreements} > 0 OR coalesce(s.persons = c.persons OR s.phone_key = c.phone_key, false)
                -- Half of the characters of a misspelt name are right.
                ELSE coalesce(2 * length(translate(w.stem, n.stem, '')) <= length(w.stem), false) END AS is_evident
        FROM asking a
        JOIN called c ON c.head = a.head AND c.area IN (left(a.declared_code, 9), left(a.declared_code, 6))
            AND (a.plain OR c.is_unnumbered)
        JOIN staging s ON s.line = a.line
        JOIN house h ON h.id = c.house_id
        LEFT JOIN area v ON v.code = a.declared_code
        CROSS JOIN LATERAL (SELECT {stem_of_house} AS stem) w
        CROSS JOIN LATERAL (SELECT {stem_of_area} AS stem) n
    ), evident AS (
        SELECT p.*, count(*) OVER (PARTITION BY line) AS of_line, count(*) OVER (PARTITION BY household_id) AS of_house,
            dense_rank() OVER (alike ORDER BY line) AS line_no, dense_rank() OVER (alike ORDER BY household_id) AS house_no
        FROM pair p WHERE is_evident
        WINDOW alike AS (PARTITION BY head, plain, declared_code, written)
    ), counted AS (
        SELECT e.*, max(line_no) OVER alike AS lines, max(house_no) OVER alike AS houses, count(*) OVER alike AS pairs,
            max(of_line) OVER alike AS most_of_line, max(of_house) OVER alike AS most_of_house
        FROM evident e
        WINDOW alike AS (PARTITION BY head, plain, declared_code, written)
    ), taken AS (
        SELECT line, household_id FROM counted
        WHERE of_line = 1 AND of_house = 1
           OR (line_no = house_no AND lines = houses AND pairs = lines * houses
               AND most_of_line = houses AND most_of_house = lines)
    )
    SELECT p.line, p.house_id, p.household_id, t.line IS NOT NULL AS is_taken
    FROM pair p LEFT JOIN taken t ON t.line = p.line AND t.household_id = p.household_id;
INSERT INTO matched SELECT line, house_id FROM named_above WHERE is_taken;
