-- Whose are the cells of a row that no field takes? Those of one row are the house's, as it has them (house.extra); every
-- other row is that of a further family, and the link between the two keeps what it says. Which row is the house's is
-- seen from what is stored, not from the order of the file: the same rows in another order, or only some, change nothing.
CREATE TEMP TABLE of_row ON COMMIT DROP AS
    SELECT t.line, t.place, t.is_new, CASE WHEN t.is_new THEN t.reserved_id ELSE t.house_id END AS house_id,
        coalesce(f.household_id, f.new_id, m.household_id) AS household_id
    FROM target t LEFT JOIN family f ON f.line = t.line LEFT JOIN moved_out m ON m.line = t.line
    WHERE NOT t.is_new OR t.line IN (SELECT line FROM repeated);
-- Houses of one family in one row, nearly all of them, need no answer: their row is the house's.
CREATE TEMP TABLE crowded ON COMMIT DROP AS
    SELECT house_id FROM of_row WHERE place > 1
    UNION
    SELECT r.house_id FROM of_row r JOIN house_household l ON l.house_id = r.house_id
    WHERE NOT r.is_new AND (l.extra IS NOT NULL OR l.household_id <> r.household_id);
ANALYZE crowded;

CREATE TEMP TABLE own ON COMMIT DROP AS
    WITH pair AS (
        -- A family that left and came back, or lives in what it owned, is one pair with its house: its last word counts.
        SELECT l.house_id, l.household_id, bool_or(l.to_on IS NULL) AS is_open, min(l.id) AS first_id,
            bool_or(l.batch_id IS NOT NULL) AS is_of_ledger,
            (array_agg(l.id ORDER BY l.to_on IS NULL DESC, l.id DESC))[1] AS link_id,
            (array_agg(l.extra ORDER BY l.id DESC) FILTER (WHERE l.extra IS NOT NULL))[1] AS kept
        FROM house_household l JOIN crowded c ON c.house_id = l.house_id
        GROUP BY l.house_id, l.household_id
    ), known_pair AS (
        SELECT p.*, kept IS NULL AND 1 = row_number() OVER (PARTITION BY house_id
            ORDER BY kept IS NOT NULL, is_open DESC, is_of_ledger DESC, first_id) AS has_the_houses
        FROM pair p
    ), claiming AS (
        SELECT r.*, p.link_id, p.kept, CASE
                WHEN p.has_the_houses OR r.is_new AND r.place = 1 THEN 1
                WHEN r.place = 1 AND r.household_id IS NULL THEN 2
                -- Into an empty house comes a new family, and its row is the house's from now on.
                WHEN r.place = 1 AND p.link_id IS NULL AND NOT EXISTS (
                    SELECT FROM pair o WHERE o.house_id = r.house_id AND o.is_open
                        AND (o.is_of_ledger OR o.kept IS NOT NULL)) THEN 3
            END AS claim
        FROM of_row r JOIN crowded c ON c.house_id = r.house_id
        LEFT JOIN known_pair p ON p.house_id = r.house_id AND p.household_id = r.household_id
    ), answered AS (
        SELECT q.*, claim IS NOT NULL AND 1 = row_number() OVER (PARTITION BY house_id ORDER BY claim, line) AS is_the_houses
        FROM claiming q
    )
    SELECT a.line, a.house_id, a.household_id, a.link_id, a.is_the_houses,
        NOT a.is_the_houses AND a.household_id IS NOT NULL
            AND 1 = row_number() OVER (PARTITION BY a.house_id, a.household_id ORDER BY a.is_the_houses DESC, a.line)
            AS is_a_familys,
        s.extra AS stated, {stated_originals} AS understood, s.renovation_year AS stated_year,
        CASE WHEN a.link_id IS NOT NULL THEN coalesce(a.kept, h.extra, '{}') END AS before,
        coalesce(a.kept, '{}') - {stated_originals} || coalesce(s.extra, '{}') AS wanted
    FROM answered a JOIN staging s ON s.line = a.line LEFT JOIN house h ON h.id = a.house_id AND NOT a.is_new;
CREATE INDEX ON own (house_id);
ANALYZE own;
