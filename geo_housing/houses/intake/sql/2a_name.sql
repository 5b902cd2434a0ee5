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
        -- Owned by a family of that name that is not seen from here, because it lives beyond the actor's area.
        SELECT n.place, n.head, n.plain, h.id
        FROM named n
        JOIN house h ON h.owner = n.head AND n.declared_code IN (h.declared_code, h.scope_code) AND h.ended_on IS NULL
        WHERE n.plain AND length(gh_area_lo()) > 6 AND {is_kept_elsewhere}
          AND (n.written IS NULL OR {written_of_house} IS NULL)
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
