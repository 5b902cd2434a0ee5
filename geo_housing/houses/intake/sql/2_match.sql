-- Which house does each row mean? By code (or former code), else by the head's ID number, else by village and
-- head where that is unique. A row that matches nothing is a new house.
ANALYZE staging;

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

INSERT INTO matched
    SELECT s.line, min(l.house_id)
    FROM staging s
    JOIN household k ON k.id_number_key = s.id_number_key
    JOIN house_household l ON l.household_id = k.id AND l.relation = 'lives' AND l.to_on IS NULL
    WHERE s.code IS NULL AND s.id_number_key IS NOT NULL
    GROUP BY s.line;

-- Without code and ID number: the only head of that name in the village is the one meant; of several, ask.
CREATE TEMP TABLE by_head ON COMMIT DROP AS
    SELECT s.line, min(h.id) AS house_id, count(DISTINCT h.id) AS houses
    FROM staging s
    JOIN household k ON k.head = s.head AND k.scope_code = s.declared_code
        AND (s.id_number_key IS NULL OR k.id_number_key IS NULL)
    JOIN house_household l ON l.household_id = k.id AND l.relation = 'lives' AND l.to_on IS NULL
    JOIN house h ON h.id = l.house_id AND h.ended_on IS NULL
    WHERE s.code IS NULL AND s.head IS NOT NULL AND NOT EXISTS (SELECT FROM matched m WHERE m.line = s.line)
    GROUP BY s.line;
INSERT INTO matched SELECT line, house_id FROM by_head WHERE houses = 1;
INSERT INTO finding SELECT line, 'head', NULL, 'rejected', 'several_heads' FROM by_head WHERE houses > 1;

-- Rows without a code that match nothing get one now: village (or township) + 5 digits after the last one used.
CREATE TEMP TABLE coded ON COMMIT DROP AS
    WITH uncoded AS (
        SELECT s.line, s.declared_code, row_number() OVER (PARTITION BY s.declared_code ORDER BY s.line) AS n
        FROM staging s
        WHERE s.code IS NULL
          AND NOT EXISTS (SELECT FROM matched m WHERE m.line = s.line)
          AND NOT EXISTS (SELECT FROM finding f WHERE f.line = s.line AND f.kind = 'rejected')
    )
    SELECT u.line, u.declared_code || lpad((house_last_serial(u.declared_code) + u.n)::text, 5, '0') AS code
    FROM uncoded u;
INSERT INTO finding SELECT line, 'house_code', code, 'generated', NULL FROM coded;

-- One row per line that goes on: the house it means (or will be) and its place among the rows of that house.
-- Several rows with one code are several households of one house; the first gives the house's own cells.
CREATE TEMP TABLE target ON COMMIT DROP AS
    SELECT t.*, row_number() OVER (PARTITION BY coalesce(t.house_id::text, t.code) ORDER BY t.line) AS place
    FROM (
        SELECT s.line, m.house_id, coalesce(c.code, s.code) AS code
        FROM staging s
        LEFT JOIN matched m ON m.line = s.line
        LEFT JOIN coded c ON c.line = s.line
        WHERE NOT EXISTS (SELECT FROM finding f WHERE f.line = s.line AND f.kind = 'rejected')
    ) t;
CREATE INDEX ON target (line);

-- The same household of the same house twice in one file: the later row adds nothing and is said so.
INSERT INTO finding
    SELECT line, 'house_code', code, 'rejected', 'repeated:' || first_line
    FROM (
        SELECT t.line, t.code, first_value(t.line) OVER household AS first_line
        FROM target t JOIN staging s ON s.line = t.line
        WINDOW household AS (
            PARTITION BY coalesce(t.house_id::text, t.code), coalesce(s.id_number_key::text, s.head, '')
            ORDER BY t.line)
    ) r
    WHERE first_line <> line;
DELETE FROM target t USING finding f WHERE f.line = t.line AND f.kind = 'rejected' AND f.detail LIKE 'repeated:%';
ANALYZE target;
