-- Which house does each row mean? By code (or former code), else by the head's ID number, else by village and
-- head where that is unique. A row that matches nothing is a new house. (Rows of this very load that are stored
-- already, straight.sql, are new houses, too, not known ones.)
-- (Statistics of what is joined by only: the free text is of no use to the planner.)
ANALYZE staging (line, code, declared_code, head, id_number_key, tile_key, lon, lat);

-- One ID number under two heads in two houses is somebody else's number, copied or mistyped. Taken for the same family, the
-- second one's head, people and telephone would be nowhere, or stand in the first one's place: it is kept as a family
-- without a number, and told. Whose number it is says the register, else the first row.
CREATE TEMP TABLE borrowed ON COMMIT DROP AS
    WITH registered AS (
        SELECT s.line, s.head AS stated, s.code AS stated_code, k.head, h.code, h.id AS house_id
        FROM staging s
        JOIN household k ON k.id_number_key = s.id_number_key
        LEFT JOIN house_household l ON l.household_id = k.id AND l.relation = 'lives' AND l.to_on IS NULL
        LEFT JOIN house h ON h.id = l.house_id
    ), stated AS (
        SELECT s.line, s.head AS stated, s.code AS stated_code,
            first_value(s.head) OVER first_row AS head, first_value(s.code) OVER first_row AS code
        FROM staging s
        WHERE s.id_number_key IS NOT NULL AND s.head IS NOT NULL AND s.code IS NOT NULL
          AND NOT EXISTS (SELECT FROM registered r WHERE r.line = s.line)
        WINDOW first_row AS (PARTITION BY s.id_number_key ORDER BY s.line)
    )
    SELECT r.line, min(r.code || ' ' || r.head) AS whose
    FROM registered r
    GROUP BY r.line
    HAVING bool_and(r.stated <> r.head AND r.stated_code <> r.code AND NOT EXISTS (
        SELECT FROM house_alias a WHERE a.code = r.stated_code AND a.house_id = r.house_id))
    UNION ALL
    SELECT line, code || ' ' || head FROM stated WHERE stated <> head AND stated_code <> code;
UPDATE staging s SET id_number_key = NULL, id_number_cipher = NULL, id_number_masked = NULL FROM borrowed b WHERE b.line = s.line;
INSERT INTO finding
    SELECT line, 'id_number', NULL, 'check', 'borrowed:' || whose FROM borrowed ORDER BY line LIMIT 100000;

-- A code of a house outside the actor's area: found by a definer function, because the policies hide it.
INSERT INTO finding
    SELECT s.line, 'house_code', s.code, 'rejected', 'elsewhere'
    FROM house_codes_elsewhere((SELECT array_agg(code) FROM staging WHERE code IS NOT NULL)) AS e(code)
    JOIN staging s USING (code);

CREATE TEMP TABLE matched ON COMMIT DROP AS
    SELECT s.line, coalesce(h.id, a.house_id) AS house_id
    FROM staging s
    LEFT JOIN house h ON h.code = s.code
    LEFT JOIN house_alias a ON h.id IS NULL AND a.code = s.code
    WHERE s.code IS NOT NULL AND NOT EXISTS (SELECT FROM finding f WHERE f.line = s.line AND f.kind = 'rejected');

-- Rows whose ID number is known.
CREATE TEMP TABLE numbered ON COMMIT DROP AS
    SELECT s.line, s.declared_code, k.id AS household_id
    FROM staging s JOIN household k ON k.id_number_key = s.id_number_key CROSS JOIN intake i
    WHERE s.code IS NULL AND s.id_number_key IS NOT NULL AND k.batch_id IS DISTINCT FROM i.batch_id;

-- Families that live beyond the actor's area and own a house within it: the policies hide them, and a definer function says
-- which of the rows with their number and name mean such a house. From the county nothing is hidden, and nothing is asked.
CREATE TEMP TABLE owned_here ON COMMIT DROP AS
    WITH asked AS (
        SELECT array_agg(id_number_key) AS keys, array_agg(head) AS heads FROM staging
        WHERE id_number_key IS NOT NULL AND head IS NOT NULL AND length(gh_area_lo()) > 6
    )
    SELECT s.line, o.house_id
    FROM asked a CROSS JOIN LATERAL houses_owned_here(a.keys, a.heads) o
    JOIN staging s ON s.id_number_key = o.id_number_key AND s.head = o.head;

-- A family has moved within the village, and a ledger made before tells of the house that it left (or still owns). Such a row
-- means the house with which it agrees better; its cells must not be written onto the new one. Where it agrees with none of
-- them better and contradicts the present home, only a person can say. A row that states nothing of a house means the home.
CREATE TEMP TABLE former_home ON COMMIT DROP AS
    WITH family AS (
        SELECT line, declared_code, household_id, true AS is_numbered FROM numbered
        UNION ALL
        SELECT s.line, s.declared_code, k.id, false
        FROM staging s
        JOIN household k ON k.head = s.head AND k.scope_code = s.declared_code
            AND (s.id_number_key IS NULL OR k.id_number_key IS NULL)
        CROSS JOIN intake i
        WHERE s.code IS NULL AND k.batch_id IS DISTINCT FROM i.batch_id
          AND NOT EXISTS (SELECT FROM numbered n WHERE n.line = s.line)
          -- One of that name has moved: then all of that name are compared.
          AND EXISTS (SELECT FROM household o JOIN house_household l ON l.household_id = o.id
              AND (l.closed_with IS NOT NULL OR l.relation = 'owns' AND l.to_on IS NULL)
              WHERE o.head = s.head AND o.scope_code = s.declared_code)
    ), home AS (
        SELECT f.line, h.id, h.code, l.to_on IS NULL AS is_open, l.to_on IS NULL AND l.relation = 'lives' AS is_home,
            {agreements} AS agrees, {contradictions} AS against
        FROM family f
        JOIN staging s ON s.line = f.line
        JOIN house_household l ON l.household_id = f.household_id AND (l.to_on IS NULL OR l.relation = 'lives')
            AND (l.to_on IS NULL OR l.closed_with IS NOT NULL)
        JOIN house h ON h.id = l.house_id AND h.ended_reason IS DISTINCT FROM 'mistaken'
            AND h.ended_reason IS DISTINCT FROM 'duplicate'
        WHERE (starts_with(h.declared_code, coalesce(f.declared_code, ''))
               OR starts_with(h.scope_code, coalesce(f.declared_code, '')))
          -- Of several houses of a number one is asked anyhow.
          AND NOT (f.is_numbered AND l.relation = 'owns')
    ), present AS (
        SELECT DISTINCT ON (line) * FROM home WHERE is_home ORDER BY line, agrees - against DESC, against, id
    ), former AS (
        SELECT DISTINCT ON (line) * FROM home WHERE NOT is_home ORDER BY line, agrees - against DESC, is_open DESC, id DESC
    )
    SELECT f.line, f.id AS house_id, f.code, f.is_open, p.code AS present_code,
        f.agrees - f.against = p.agrees - p.against AS is_unclear
    FROM former f JOIN present p ON p.line = f.line AND p.id <> f.id
    WHERE f.agrees - f.against > p.agrees - p.against
       OR (f.agrees - f.against = p.agrees - p.against AND p.against > 0);
INSERT INTO matched SELECT line, house_id FROM former_home WHERE is_open AND NOT is_unclear;
INSERT INTO finding
    SELECT line, 'head', NULL, 'rejected',
        CASE WHEN is_unclear THEN 'moved_which:' ELSE 'moved_from:' END || code || ':' || present_code
    FROM former_home WHERE is_unclear OR NOT is_open;

-- By ID number only a house in the village that the row names is the same house, the nearest meaning of the name first;
-- of several, ask. The number of a family that lives in another village makes a further house of it.
CREATE TEMP TABLE by_number ON COMMIT DROP AS
    WITH meant AS (
        SELECT n.line, n.declared_code, l.house_id
        FROM numbered n JOIN house_household l ON l.household_id = n.household_id AND l.to_on IS NULL
        UNION ALL
        SELECT o.line, s.declared_code, o.house_id
        FROM owned_here o JOIN staging s ON s.line = o.line
        WHERE s.code IS NULL AND NOT EXISTS (SELECT FROM numbered n WHERE n.line = o.line)
    ), candidate AS (
        SELECT DISTINCT n.line, h.id, h.code, CASE
            WHEN h.declared_code IS NOT DISTINCT FROM n.declared_code THEN 1
            WHEN h.scope_code = n.declared_code THEN 2 ELSE 3 END AS rank
        FROM meant n
        JOIN house h ON h.id = n.house_id AND (h.ended_on IS NULL OR h.ended_reason = 'mistaken')
        WHERE (starts_with(h.declared_code, coalesce(n.declared_code, ''))
               OR starts_with(h.scope_code, coalesce(n.declared_code, '')))
          AND NOT EXISTS (SELECT FROM former_home o WHERE o.line = n.line)
    ), best AS (
        SELECT c.*, min(rank) OVER (PARTITION BY line) AS least FROM candidate c
    )
    SELECT line, min(id) AS house_id, count(*) AS houses, string_agg(code, '、' ORDER BY code) AS codes
    FROM best WHERE rank = least GROUP BY line;
INSERT INTO matched SELECT line, house_id FROM by_number WHERE houses = 1;
INSERT INTO finding SELECT line, 'house_code', NULL, 'rejected', 'several_houses:' || codes FROM by_number WHERE houses > 1;

-- The house in which such a family lived has ended: a row that says nothing else than was known of it is that house, not
-- the new one of the family.
INSERT INTO matched
    SELECT n.line, max(h.id)
    FROM numbered n JOIN staging s ON s.line = n.line
    JOIN house_household l ON l.household_id = n.household_id AND l.closed_with IS NOT NULL
    JOIN house h ON h.id = l.house_id AND h.ended_on IS NOT NULL
    WHERE NOT EXISTS (SELECT FROM by_number b WHERE b.line = n.line)
      AND NOT EXISTS (SELECT FROM former_home o WHERE o.line = n.line)
      AND (starts_with(h.declared_code, coalesce(n.declared_code, ''))
          OR starts_with(h.scope_code, coalesce(n.declared_code, '')))
      AND {says_nothing_else}
    GROUP BY n.line;

-- The village of such a family's house was misspelt once, or not written, so that the house stands at the township only: a row
-- that names a village there puts it right. Not a house whose point lies in another village, unless it is the row's own.
-- Of several such houses ask; of several rows one is the house, the others are further ones.
CREATE TEMP TABLE numbered_above ON COMMIT DROP AS
    WITH asking AS (
        SELECT DISTINCT ON (household_id, declared_code) line, household_id, declared_code
        FROM numbered n WHERE declared_code IS NOT NULL
        ORDER BY household_id, declared_code, line
    ), candidate AS (
        SELECT DISTINCT ON (n.line, h.id) n.line, h.id, h.code, n.household_id, {agreements} - {contradictions} AS agrees
        FROM asking n
        JOIN staging s ON s.line = n.line
        JOIN house_household l ON l.household_id = n.household_id AND l.to_on IS NULL
        JOIN house h ON h.id = l.house_id AND h.ended_on IS NULL
        WHERE h.declared_code IS DISTINCT FROM n.declared_code AND starts_with(n.declared_code, coalesce(h.declared_code, ''))
          AND (starts_with(n.declared_code, h.scope_code)
               OR coalesce(s.lon = ST_X(h.geom) AND s.lat = ST_Y(h.geom), false))
          AND NOT EXISTS (SELECT FROM matched m WHERE m.line = n.line)
          AND NOT EXISTS (SELECT FROM by_number b WHERE b.line = n.line)
          AND NOT EXISTS (SELECT FROM former_home o WHERE o.line = n.line)
          -- Another row of this ledger means that house already.
          AND NOT EXISTS (SELECT FROM matched m JOIN staging o ON o.line = m.line
              WHERE m.house_id = h.id AND coalesce(o.id_number_key, s.id_number_key) = s.id_number_key)
    ), counted AS (
        SELECT c.*, count(*) OVER (PARTITION BY line) AS houses,
            row_number() OVER (PARTITION BY id, household_id ORDER BY agrees DESC, line) AS row_no
        FROM candidate c
    )
    SELECT line, min(id) AS house_id, bool_and(houses = 1) AS is_taken, string_agg(code, '、' ORDER BY code) AS codes
    FROM counted WHERE houses > 1 OR row_no = 1 GROUP BY line;
INSERT INTO matched SELECT line, house_id FROM numbered_above WHERE is_taken;
INSERT INTO finding
    SELECT line, 'house_code', NULL, 'rejected', 'several_above:' || codes FROM numbered_above WHERE NOT is_taken;
