-- With a house that ended by mistake its families come back, those that live nowhere else since.
UPDATE house_household l SET to_on = NULL, closed_with = NULL
FROM target t JOIN house h ON h.id = t.house_id
WHERE h.ended_reason = 'mistaken' AND t.place = 1 AND l.house_id = h.id AND l.closed_with = 'ended'
  AND l.to_on = h.ended_on
  AND NOT EXISTS (SELECT FROM house_household o
      WHERE o.household_id = l.household_id AND o.relation = 'lives' AND (o.id > l.id OR o.to_on IS NULL));

-- The family of each row: known by the head's ID number, else by house and head's name, never merged silently.
-- Cells that only clear (无) are said of a family that is known; where nobody is, they make none.
CREATE TEMP TABLE family ON COMMIT DROP AS
    SELECT t.line, CASE WHEN t.is_new THEN t.reserved_id ELSE t.house_id END AS house_id,
        t.is_new, s.reserved_id AS new_id, NULL::bigint AS household_id, false AS lives_elsewhere,
        s.building_kind
    FROM target t JOIN staging s ON s.line = t.line
    WHERE {states_family}
       OR (s.cleared & {family_bits} <> 0 AND NOT t.is_new
           AND EXISTS (SELECT FROM house_household l WHERE l.house_id = t.house_id AND l.to_on IS NULL));
-- Of several families in a house, a row without a head means none in particular.
CREATE TEMP TABLE nobodys ON COMMIT DROP AS
    SELECT f.line FROM family f JOIN staging s ON s.line = f.line
    WHERE NOT f.is_new AND s.head IS NULL AND s.id_number_key IS NULL
      AND 1 < (SELECT count(*) FROM house_household l
               WHERE l.house_id = f.house_id AND l.relation = 'lives' AND l.to_on IS NULL);
INSERT INTO finding SELECT line, 'head', NULL, 'cell', 'several_families' FROM nobodys;
DELETE FROM family f USING nobodys n WHERE n.line = f.line;
CREATE INDEX ON family (line);
ANALYZE family;

UPDATE family f SET household_id = k.id
FROM staging s JOIN household k ON k.id_number_key = s.id_number_key
WHERE s.line = f.line AND s.id_number_key IS NOT NULL;

-- Two townships may have entered one person: of the records of a number the one that lives in the row's house is meant, else
-- one that owns it.
WITH several AS (
    SELECT s.line FROM staging s JOIN household k ON k.id_number_key = s.id_number_key GROUP BY s.line HAVING count(*) > 1
), nearest AS (
    SELECT DISTINCT ON (f.line) f.line, k.id
    FROM several m JOIN family f ON f.line = m.line JOIN staging s ON s.line = m.line
    JOIN house_household l ON l.house_id = f.house_id AND l.to_on IS NULL
    JOIN household k ON k.id = l.household_id AND k.id_number_key = s.id_number_key
    WHERE NOT f.is_new
    ORDER BY f.line, l.relation = 'lives' DESC, k.id
)
UPDATE family f SET household_id = n.id FROM nearest n WHERE n.line = f.line;

-- The owner lives beyond the actor's area, where the family is kept: its row means the house, what it says of the family is told.
CREATE TEMP TABLE kept_elsewhere ON COMMIT DROP AS
    SELECT f.line FROM family f JOIN staging s ON s.line = f.line JOIN house h ON h.id = f.house_id
    WHERE length(gh_area_lo()) > 6 AND NOT f.is_new AND f.household_id IS NULL
      AND (EXISTS (SELECT FROM owned_here o WHERE o.line = f.line AND o.house_id = f.house_id)
           OR s.id_number_key IS NULL AND h.owner = s.head AND {is_kept_elsewhere});
INSERT INTO finding
    SELECT k.line, 'head', NULL, 'cell', 'kept_elsewhere' FROM kept_elsewhere k JOIN staging s ON s.line = k.line
    WHERE {states_people};
DELETE FROM family f USING kept_elsewhere k WHERE k.line = f.line;

-- Of the families of a house those that no row has taken by its number, one row each: a ledger may name two families of one
-- name. What states no number means a family without one first; a number that is new goes to one without before it makes another.
CREATE TEMP TABLE there ON COMMIT DROP AS
    SELECT f.house_id, k.id, k.head, k.id_number_key IS NOT NULL AS has_number
    FROM (SELECT DISTINCT house_id FROM family WHERE NOT is_new AND household_id IS NULL) f
    JOIN house_household l ON l.house_id = f.house_id AND l.to_on IS NULL
    JOIN household k ON k.id = l.household_id;
DELETE FROM there t USING family f WHERE f.house_id = t.house_id AND f.household_id = t.id;
ANALYZE there;
{pair_by_head}
-- Without a head: whoever is left.
UPDATE family f SET household_id = p.id
FROM (
    SELECT DISTINCT ON (f.line) f.line, t.id
    FROM family f JOIN staging s ON s.line = f.line JOIN there t ON t.house_id = f.house_id
    WHERE NOT f.is_new AND f.household_id IS NULL AND s.head IS NULL AND NOT (t.has_number AND s.id_number_key IS NOT NULL)
      AND NOT EXISTS (SELECT FROM family o WHERE o.house_id = t.house_id AND o.household_id = t.id)
    ORDER BY f.line, t.id
) p
WHERE f.line = p.line;
-- Nobody is left for it: it means none in particular.
CREATE TEMP TABLE left_over ON COMMIT DROP AS
    SELECT f.line FROM family f JOIN staging s ON s.line = f.line
    WHERE NOT f.is_new AND f.household_id IS NULL AND s.head IS NULL AND s.id_number_key IS NULL
      AND EXISTS (SELECT FROM family o WHERE o.house_id = f.house_id AND o.household_id IS NOT NULL);
INSERT INTO finding SELECT line, 'head', NULL, 'cell', 'several_families' FROM left_over;
DELETE FROM family f USING left_over n WHERE n.line = f.line;

-- The family of that name has moved out of this house and lives in another one: a ledger made before tells nothing of where
-- people live now, and would make a second family of it.
CREATE TEMP TABLE moved_out ON COMMIT DROP AS
    SELECT f.line, min(o.code) AS code, max(k.id) AS household_id
    FROM family f JOIN staging s ON s.line = f.line
    JOIN house_household l ON l.house_id = f.house_id AND l.closed_with IN ('ended', 'moved')
    JOIN household k ON k.id = l.household_id AND k.head = s.head
        AND (k.id_number_key IS NULL OR s.id_number_key IS NULL)
    JOIN house_household h ON h.household_id = k.id AND h.relation = 'lives' AND h.to_on IS NULL
    JOIN house o ON o.id = h.house_id
    WHERE NOT f.is_new AND f.household_id IS NULL
    GROUP BY f.line;
INSERT INTO finding SELECT line, 'head', NULL, 'cell', 'moved_out:' || code FROM moved_out;
DELETE FROM family f USING moved_out m WHERE m.line = f.line;

-- The same ID number in several rows of the file is one household: it lives in the first dwelling, owns the rest.
CREATE TEMP TABLE shared_family ON COMMIT DROP AS
    WITH many AS (
        SELECT id_number_key FROM staging WHERE id_number_key IS NOT NULL GROUP BY 1 HAVING count(*) > 1
    )
    SELECT f.line, first_value(coalesce(f.household_id, f.new_id)) OVER person AS household_id,
        row_number() OVER person AS place
    FROM family f JOIN staging s ON s.line = f.line JOIN many m ON m.id_number_key = s.id_number_key
    WINDOW person AS (PARTITION BY s.id_number_key ORDER BY coalesce(s.building_kind, 'dwelling') <> 'dwelling', f.line);
UPDATE family f SET household_id = sf.household_id, lives_elsewhere = true
    FROM shared_family sf WHERE sf.line = f.line AND sf.place > 1;
-- A family that several rows name in several houses is spoken of by the row of the one it lives in.
WITH several AS (
    SELECT household_id FROM family WHERE household_id IS NOT NULL AND NOT lives_elsewhere GROUP BY 1 HAVING count(*) > 1
), ranked AS (
    SELECT f.line, row_number() OVER (PARTITION BY f.household_id ORDER BY l.relation IS DISTINCT FROM 'lives', f.line) AS place
    FROM several m JOIN family f ON f.household_id = m.household_id AND NOT f.lives_elsewhere
    LEFT JOIN house_household l ON l.house_id = f.house_id AND l.household_id = f.household_id AND l.to_on IS NULL
)
UPDATE family f SET lives_elsewhere = true FROM ranked r WHERE r.line = f.line AND r.place > 1;
