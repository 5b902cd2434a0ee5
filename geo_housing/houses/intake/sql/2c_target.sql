-- One that declares a village of the actor's and lies beyond their area is found by a definer function.
INSERT INTO finding
    SELECT DISTINCT s.line, 'head', NULL, 'rejected', 'lies_elsewhere'
    FROM staging s JOIN houses_declared_here() d ON d.declared_code = s.declared_code AND d.head = s.head
    WHERE s.code IS NULL AND s.id_number_key IS NULL AND NOT EXISTS (SELECT FROM by_head b WHERE b.line = s.line)
      AND NOT EXISTS (SELECT FROM former_home o WHERE o.line = s.line);

-- A house that has ended (demolished, duplicate) is not brought back by a ledger; one that ended by mistake is.
INSERT INTO finding
    SELECT m.line, 'house_code', h.code, 'rejected', 'ended:' || h.ended_on
    FROM matched m JOIN house h ON h.id = m.house_id
    WHERE h.ended_on IS NOT NULL AND h.ended_reason IS DISTINCT FROM 'mistaken';

-- Rows without a code are known by ID number and village, else by village and head. The same person twice in a village is
-- one row too many; two families of one name may well be two, so both stay and a person is asked to look.
INSERT INTO finding
    SELECT line, 'head', NULL, 'rejected', 'same_person:' || first_line FROM (
        SELECT s.line, first_value(s.line) OVER (PARTITION BY s.id_number_key, s.declared_code ORDER BY s.line) AS first_line
        FROM staging s WHERE s.code IS NULL AND s.id_number_key IS NOT NULL
    ) twice
    WHERE first_line <> line AND NOT EXISTS (SELECT FROM finding f WHERE f.line = twice.line AND f.kind = 'rejected');
INSERT INTO finding
    SELECT line, 'head', NULL, 'check', 'same_name:' || CASE WHEN line = first_line THEN second_line ELSE first_line END
    FROM (
        SELECT s.line, first_value(s.line) OVER w AS first_line, nth_value(s.line, 2) OVER w AS second_line
        FROM staging s WHERE s.code IS NULL AND s.id_number_key IS NULL AND s.head IS NOT NULL
        WINDOW w AS (PARTITION BY s.declared_code, {written_place}, s.head ORDER BY s.line
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    ) named
    WHERE second_line IS NOT NULL
      AND NOT EXISTS (SELECT FROM finding f WHERE f.line = named.line AND f.kind = 'rejected')
    LIMIT 100000;

-- A house that stood at its township only has become one of a village, or may be the row's: either is told, so that a person
-- can say otherwise.
INSERT INTO finding
    SELECT p.line, 'declared_code', a.name, 'check', 'was_above:' || h.code
    FROM (
        SELECT line, house_id FROM numbered_above WHERE is_taken
        UNION ALL
        SELECT line, house_id FROM named_above WHERE is_taken
    ) p
    JOIN house h ON h.id = p.house_id JOIN staging s ON s.line = p.line LEFT JOIN area a ON a.code = s.declared_code
    WHERE NOT EXISTS (SELECT FROM finding f WHERE f.line = p.line AND f.kind = 'rejected')
    ORDER BY p.line LIMIT 100000;
INSERT INTO finding
    SELECT p.line, 'head', NULL, 'check', 'maybe_above:' || string_agg(DISTINCT h.code, '、' ORDER BY h.code)
    FROM named_above p JOIN house h ON h.id = p.house_id
    WHERE NOT EXISTS (SELECT FROM matched m WHERE m.line = p.line)
      AND NOT EXISTS (SELECT FROM named_above t WHERE t.is_taken AND t.household_id = p.household_id)
      AND NOT EXISTS (SELECT FROM finding f WHERE f.line = p.line AND f.kind = 'rejected')
    GROUP BY p.line ORDER BY p.line LIMIT 100000;
-- The other way round: the ledger was right, and the village is misspelt now. Where a misspelt name leads is a guess, so that the
-- row stays apart; a house of the name in a village there, of which nothing contradicts and something speaks for it, is named.
INSERT INTO finding
    WITH asking AS MATERIALIZED (
        SELECT s.line, s.head, s.declared_code FROM staging s
        WHERE s.code IS NULL AND s.head IS NOT NULL AND length(s.declared_code) < 12 AND {village_of_row} IS NOT NULL
          AND NOT EXISTS (SELECT FROM matched m WHERE m.line = s.line)
          AND NOT EXISTS (SELECT FROM finding f WHERE f.line = s.line AND f.kind = 'rejected')
    )
    SELECT a.line, 'head', NULL, 'check', 'maybe_below:' || string_agg(DISTINCT h.code, '、' ORDER BY h.code)
    FROM asking a
    JOIN household k ON k.head = a.head AND starts_with(k.scope_code, a.declared_code) AND length(k.scope_code) = 12
    JOIN house_household l ON l.household_id = k.id AND l.relation = 'lives' AND l.to_on IS NULL
    JOIN house h ON h.id = l.house_id AND h.ended_on IS NULL
    JOIN area v ON v.code = h.scope_code
    JOIN staging s ON s.line = a.line
    CROSS JOIN LATERAL (SELECT {stem_of_row} AS written, {stem_of_area} AS name) n
    CROSS JOIN intake i
    WHERE k.batch_id IS DISTINCT FROM i.batch_id AND {contradictions} = 0
      AND ({agreements} > 0 OR coalesce(s.persons = k.persons OR s.phone_key = k.phone_key, false)
           OR coalesce(2 * length(translate(n.written, n.name, '')) <= length(n.written), false))
      -- What a row of this ledger means already is another house.
      AND NOT EXISTS (SELECT FROM matched m JOIN staging o ON o.line = m.line
          WHERE m.house_id = h.id AND coalesce(o.head, k.head) = k.head)
    GROUP BY a.line ORDER BY a.line LIMIT 100000;

-- A person whom another township of the county has entered, too: neither of the two sees the other's household.
INSERT INTO finding
    SELECT s.line, 'id_number', NULL, 'check', 'registered_elsewhere'
    FROM id_numbers_elsewhere((SELECT array_agg(id_number_key) FROM staging WHERE id_number_key IS NOT NULL)) AS e(key)
    JOIN staging s ON s.id_number_key = e.key
    WHERE NOT EXISTS (SELECT FROM finding f WHERE f.line = s.line AND f.kind = 'rejected')
      -- What the two townships know is one and the same.
      AND NOT EXISTS (SELECT FROM matched m JOIN owned_here o USING (line, house_id) WHERE m.line = s.line)
    LIMIT 100000;

-- A row that names a division of somebody else's is theirs to load: here it would stand in the county twice. Whose point lies in
-- a village of one's own is kept (the point decides), and a known house keeps its village; both are told.
CREATE TEMP TABLE beyond ON COMMIT DROP AS
    WITH named AS (
        SELECT s.line, s.place_beyond, s.tile_key, s.lon, s.lat
        FROM staging s
        WHERE s.place_beyond IS NOT NULL AND NOT EXISTS (SELECT FROM finding f WHERE f.line = s.line AND f.kind = 'rejected')
    ), ours AS (
        SELECT DISTINCT n.line FROM named n JOIN area_cell c ON c.cell = n.tile_key >> 20
        WHERE length(c.area_code) = 12
          AND (c.geom IS NULL OR ST_DWithin(c.geom, ST_SetSRID(ST_MakePoint(n.lon, n.lat), 4490), 1e-9))
    )
    SELECT n.line, n.place_beyond, EXISTS (SELECT FROM matched m WHERE m.line = n.line AND m.house_id IS NOT NULL) AS is_known,
        o.line IS NOT NULL AS is_ours
    FROM named n LEFT JOIN ours o ON o.line = n.line;
INSERT INTO finding
    SELECT line, 'declared_code', place_beyond,
        CASE WHEN is_known OR is_ours THEN 'check' ELSE 'rejected' END,
        CASE WHEN is_known THEN 'beyond_known' WHEN is_ours THEN 'beyond_placed' ELSE 'beyond_ours' END
    FROM beyond;

-- Rows without a code that match nothing get one now: village (or township, county) + 5 digits after the last one used.
CREATE TEMP TABLE coded ON COMMIT DROP AS
    WITH uncoded AS (
        SELECT s.line, coalesce(s.declared_code, i.default_scope) AS area,
            row_number() OVER (PARTITION BY coalesce(s.declared_code, i.default_scope) ORDER BY s.line) AS n
        FROM staging s CROSS JOIN intake i
        WHERE s.code IS NULL
          AND NOT EXISTS (SELECT FROM matched m WHERE m.line = s.line)
          AND NOT EXISTS (SELECT FROM finding f WHERE f.line = s.line AND f.kind = 'rejected')
    )
    SELECT u.line, u.area || lpad((house_last_serial(u.area) + u.n)::text, 5, '0') AS code
    FROM uncoded u;
INSERT INTO finding
    SELECT line, 'house_code', code, CASE WHEN code IS NULL THEN 'rejected' ELSE 'generated' END,
        CASE WHEN code IS NULL THEN 'nowhere' END
    FROM coded;

INSERT INTO target
    SELECT s.line, m.house_id, coalesce(c.code, s.code) AS code, m.house_id IS NULL AS is_new, 1::bigint AS place,
        s.reserved_id
    FROM staging s
    LEFT JOIN matched m ON m.line = s.line
    LEFT JOIN coded c ON c.line = s.line
    WHERE NOT EXISTS (SELECT FROM finding f WHERE f.line = s.line AND f.kind = 'rejected');

-- Houses that several lines mean: few, so the windows run over those lines only.
CREATE TEMP TABLE repeated ON COMMIT DROP AS
    WITH keyed AS (
        SELECT t.line, t.code, t.reserved_id, coalesce(t.house_id::text, t.code) AS house_key,
            coalesce(s.id_number_key::text, s.head, '') AS family_key
        FROM target t JOIN staging s ON s.line = t.line
    ), many AS (
        SELECT house_key FROM keyed GROUP BY house_key HAVING count(*) > 1
    )
    SELECT k.line, k.code,
        first_value(k.line) OVER (PARTITION BY house_key, family_key ORDER BY k.line) AS same_family_line,
        first_value(k.line) OVER (PARTITION BY house_key ORDER BY k.line) AS first_line,
        first_value(k.reserved_id) OVER (PARTITION BY house_key ORDER BY k.line) AS first_reserved_id,
        row_number() OVER (PARTITION BY house_key ORDER BY k.line) AS place
    FROM keyed k JOIN many USING (house_key);
ANALYZE repeated;
-- Whose point is the house's: the first line's, unless that has none (or one outside its village) and a later line a good one.
CREATE TEMP TABLE pointed ON COMMIT DROP AS
    -- A join, because no index of a table with policies is asked for a computed cell line by line: every outline would be.
    WITH good AS (
        SELECT DISTINCT r.line
        FROM repeated r JOIN staging s ON s.line = r.line JOIN staging f ON f.line = r.first_line
        JOIN area_cell c ON c.cell = s.tile_key >> 20
        WHERE length(c.area_code) = 12 AND starts_with(c.area_code, coalesce(f.declared_code, s.declared_code, ''))
          AND (c.geom IS NULL OR ST_DWithin(c.geom, ST_SetSRID(ST_MakePoint(s.lon, s.lat), 4490), 1e-9))
    )
    SELECT DISTINCT ON (r.first_line) r.first_line, r.line, s.lon, s.lat, s.tile_key
    FROM repeated r JOIN staging s ON s.line = r.line LEFT JOIN good g ON g.line = r.line
    WHERE s.tile_key IS NOT NULL
    ORDER BY r.first_line, g.line IS NULL, r.line;
ANALYZE pointed;
-- What became of the further lines: whose house they are of, what they say otherwise, whose point was taken.
CREATE TEMP TABLE told_twice ON COMMIT DROP AS
    SELECT r.line, r.code, r.first_line, r.same_family_line = r.line AS is_kept, {states_family} AS states_family,
        p.line IS NOT NULL AS gives_point,
        array_to_string(ARRAY[
            {stated_otherwise}
            CASE WHEN p.line IS NULL AND s.tile_key IS NOT NULL
                AND (s.lon, s.lat) IS DISTINCT FROM (coalesce(g.lon, f.lon), coalesce(g.lat, f.lat)) THEN 'lon' END
        ], ',') AS otherwise
    FROM repeated r JOIN staging s ON s.line = r.line JOIN staging f ON f.line = r.first_line
    LEFT JOIN pointed p ON p.line = r.line
    LEFT JOIN pointed g ON g.first_line = r.first_line
    WHERE r.place > 1;
INSERT INTO finding
    SELECT told.* FROM (
        SELECT line, 'house_code', code, 'same_house',
            CASE WHEN states_family THEN 'family:' ELSE 'nobody:' END || first_line
        FROM told_twice WHERE is_kept
        UNION ALL
        SELECT line, 'lon', NULL, 'same_house', 'point:' || first_line FROM told_twice WHERE gives_point
        UNION ALL
        SELECT line, 'house_code', code, 'same_house', 'otherwise:' || first_line || ':' || otherwise
        FROM told_twice WHERE otherwise <> ''
    ) told ORDER BY 1, 5 LIMIT 100000;
UPDATE staging s SET lon = p.lon, lat = p.lat, tile_key = p.tile_key
    FROM pointed p WHERE s.line = p.first_line AND p.line <> p.first_line;
-- The same household of the same house twice in one file: the later row adds nothing and is said so.
INSERT INTO finding
    SELECT line, 'house_code', code, 'rejected', 'repeated:' || same_family_line FROM repeated WHERE same_family_line <> line;
DELETE FROM target t USING repeated r WHERE r.line = t.line AND r.same_family_line <> r.line;
UPDATE target t SET place = r.place, reserved_id = r.first_reserved_id FROM repeated r WHERE r.line = t.line AND r.place > 1;
CREATE UNIQUE INDEX ON target (line);
ANALYZE target;
