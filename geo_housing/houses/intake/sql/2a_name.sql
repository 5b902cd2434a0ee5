-- Without code and ID number: the head of that name in the village is the one meant. Of several rows and several houses
-- of one name a row means the house with which it alone agrees, in whatever order they come; of the others the first row
-- means the first house. If there are fewer rows than houses, ask. Of the
-- village are those counted there and those that declare it, wherever their point lies.
CREATE TEMP TABLE by_head ON COMMIT DROP AS
    WITH asking AS (
        SELECT s.line, s.declared_code, s.head, s.id_number_key IS NULL AS plain, {written_place} AS written,
            concat_ws('|', s.declared_code, {written_place}) AS place
        FROM staging s
        WHERE s.code IS NULL AND s.head IS NOT NULL
          AND NOT EXISTS (SELECT FROM matched m WHERE m.line = s.line)
          AND NOT EXISTS (SELECT FROM numbered n WHERE n.line = s.line)
          AND NOT EXISTS (SELECT FROM former_home o WHERE o.line = s.line)
    ), named AS (
        SELECT DISTINCT place, declared_code, written, head, plain FROM asking
    ), called AS (
        SELECT n.place, n.head, n.plain, h.id
        FROM named n
        JOIN household k ON k.head = n.head AND k.scope_code = n.declared_code AND (n.plain OR k.id_number_key IS NULL)
        JOIN house_household l ON l.household_id = k.id AND l.relation = 'lives' AND l.to_on IS NULL
        JOIN house h ON h.id = l.house_id AND h.ended_on IS NULL
        CROSS JOIN intake i
        WHERE k.batch_id IS DISTINCT FROM i.batch_id AND (n.written IS NULL OR {written_of_house} IS NULL)
        UNION
        SELECT n.place, n.head, n.plain, h.id
        FROM named n
        JOIN house h ON h.declared_code = n.declared_code AND h.declared_code <> h.scope_code AND h.ended_on IS NULL
        JOIN house_household l ON l.house_id = h.id AND l.relation = 'lives' AND l.to_on IS NULL
        JOIN household k ON k.id = l.household_id AND k.head = n.head AND (n.plain OR k.id_number_key IS NULL)
        CROSS JOIN intake i
        WHERE k.batch_id IS DISTINCT FROM i.batch_id AND (n.written IS NULL OR {written_of_house} IS NULL)
        UNION
        -- A place that nobody understood is known by how it was written, wherever the house counts since.
        SELECT n.place, n.head, n.plain, h.id
        FROM named n
        JOIN house h ON {written_of_house} = n.written AND h.ended_on IS NULL
            AND (starts_with(h.declared_code, coalesce(n.declared_code, ''))
                OR starts_with(h.scope_code, coalesce(n.declared_code, '')))
        JOIN house_household l ON l.house_id = h.id AND l.relation = 'lives' AND l.to_on IS NULL
        JOIN household k ON k.id = l.household_id AND k.head = n.head AND (n.plain OR k.id_number_key IS NULL)
        CROSS JOIN intake i
        -- Where every place was understood nobody looks through the register for it.
        WHERE (SELECT coalesce(bool_or(written IS NOT NULL), false) FROM named) AND k.batch_id IS DISTINCT FROM i.batch_id
    ), houses_of AS (
        SELECT c.*, count(*) OVER (PARTITION BY place, head, plain) AS houses FROM called c
    ), lines_of AS (
        SELECT a.*, count(*) OVER (PARTITION BY place, head, plain) AS lines FROM asking a
    ), agreeing AS (
        SELECT a.line, c.id, count(*) OVER (PARTITION BY a.line) AS of_line, count(*) OVER (PARTITION BY c.id) AS of_house
        FROM lines_of a
        JOIN houses_of c ON c.place = a.place AND c.head = a.head AND c.plain = a.plain
        JOIN staging s ON s.line = a.line
        JOIN house h ON h.id = c.id
        WHERE a.plain AND a.lines > 1 AND c.houses > 1 AND a.lines * c.houses <= 2500 AND {says_nothing_else}
    ), alone AS (
        SELECT line, id FROM agreeing WHERE of_line = 1 AND of_house = 1
    ), stored AS (
        SELECT c.*, row_number() OVER (PARTITION BY place, head, plain, a.id IS NULL ORDER BY c.id) AS house_no,
            count(*) FILTER (WHERE a.id IS NULL) OVER (PARTITION BY place, head, plain) AS others,
            a.line AS of_line
        FROM houses_of c LEFT JOIN alone a ON a.id = c.id
    ), stated AS (
        SELECT l.*, row_number() OVER (PARTITION BY place, head, plain, a.id IS NULL ORDER BY l.line) AS line_no,
            a.id AS agrees_with
        FROM lines_of l LEFT JOIN alone a ON a.line = l.line
    )
    SELECT s.line, s.plain, s.agrees_with IS NOT NULL OR s.line_no <= h.others AS is_paired, s.lines, h.id AS house_id,
        h.houses
    FROM stated s
    JOIN stored h ON h.place = s.place AND h.head = s.head AND h.plain = s.plain
        AND CASE
            WHEN NOT s.plain THEN h.house_no = 1
            WHEN s.agrees_with IS NOT NULL THEN h.id = s.agrees_with
            WHEN h.others = 0 THEN h.house_no = 1
            ELSE h.of_line IS NULL AND h.house_no = least(s.line_no, h.others)
        END;
INSERT INTO matched
    SELECT line, house_id FROM by_head
    WHERE CASE WHEN plain THEN lines >= houses AND is_paired ELSE houses = 1 END;
INSERT INTO finding
    SELECT line, 'head', NULL, 'rejected', 'several_heads' FROM by_head
    WHERE houses > 1 AND (lines < houses OR NOT plain);

-- The only family of that name waits for a home: a row that says nothing else than was known of the house that it lost is that
-- house, and brings neither it nor the family back under another code.
INSERT INTO matched
    SELECT s.line, max(h.id)
    FROM households_waiting('', ':') w
    JOIN household k ON k.id = w.household_id
    JOIN house h ON h.id = w.house_id AND h.ended_on IS NOT NULL
    JOIN staging s ON s.head = k.head AND s.declared_code = k.scope_code
        AND (s.id_number_key IS NULL OR k.id_number_key IS NULL)
    WHERE s.code IS NULL
      AND NOT EXISTS (SELECT FROM matched m WHERE m.line = s.line)
      AND NOT EXISTS (SELECT FROM numbered n WHERE n.line = s.line)
      AND NOT EXISTS (SELECT FROM by_head b WHERE b.line = s.line)
      AND NOT EXISTS (SELECT FROM former_home o WHERE o.line = s.line)
      AND {says_nothing_else}
    GROUP BY s.line;

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

-- A person whom another township of the county has entered, too: neither of the two sees the other's household.
INSERT INTO finding
    SELECT s.line, 'id_number', NULL, 'check', 'registered_elsewhere'
    FROM id_numbers_elsewhere((SELECT array_agg(id_number_key) FROM staging WHERE id_number_key IS NOT NULL)) AS e(key)
    JOIN staging s ON s.id_number_key = e.key
    WHERE NOT EXISTS (SELECT FROM finding f WHERE f.line = s.line AND f.kind = 'rejected')
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
