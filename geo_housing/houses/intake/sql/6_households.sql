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

UPDATE family f SET household_id = k.id
FROM staging s, house_household l JOIN household k ON k.id = l.household_id
WHERE NOT f.is_new AND f.household_id IS NULL AND s.line = f.line
  AND l.house_id = f.house_id AND l.to_on IS NULL
  AND k.head IS NOT DISTINCT FROM coalesce(s.head, k.head) AND (k.id_number_key IS NULL OR s.id_number_key IS NULL);

-- The family of that name has moved out of this house and lives in another one: a ledger made before tells nothing of where
-- people live now, and would make a second family of it.
CREATE TEMP TABLE moved_out ON COMMIT DROP AS
    SELECT f.line, min(o.code) AS code
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

INSERT INTO household (
    id, scope_code, head, id_number_cipher, id_number_key, id_number_masked, phone_cipher, phone_key, phone_masked,
    persons, categories, monitoring, traits, is_demo, batch_id)
SELECT f.new_id, h.scope_code, s.head, s.id_number_cipher, s.id_number_key, s.id_number_masked, s.phone_cipher,
    s.phone_key, s.phone_masked, s.persons, s.categories, s.monitoring, s.traits, i.is_demo, i.batch_id
FROM family f JOIN staging s ON s.line = f.line JOIN house h ON h.id = f.house_id CROSS JOIN intake i
WHERE f.household_id IS NULL;

-- Links: a family lives in its row's house unless it is known to live in another one, which it then owns.
INSERT INTO house_household (house_id, household_id, scope_code, relation, batch_id)
SELECT f.house_id, f.new_id, h.scope_code, 'lives', i.batch_id
FROM family f JOIN house h ON h.id = f.house_id CROSS JOIN intake i
WHERE f.household_id IS NULL;

-- What a first load set aside is made again: from here on the register is asked by its indexes.
SELECT register_put_back();

-- A new family called like one of the village that waits for a home: perhaps the same, which only a person can say.
INSERT INTO finding
    SELECT f.line, 'head', NULL, 'check', 'waits:' || min(o.code)
    FROM households_waiting('', ':') w
    JOIN household k ON k.id = w.household_id
    JOIN house o ON o.id = w.house_id
    JOIN staging s ON s.head = k.head AND (s.id_number_key IS NULL OR k.id_number_key IS NULL)
    JOIN family f ON f.line = s.line AND f.household_id IS NULL AND f.new_id <> k.id
    JOIN house h ON h.id = f.house_id AND h.scope_code = k.scope_code
    GROUP BY f.line ORDER BY f.line LIMIT 100000;

-- A family that lives nowhere has come to live in what it only owned.
CREATE TEMP TABLE moved_in ON COMMIT DROP AS
    SELECT l.id FROM family f
    JOIN house_household l ON l.house_id = f.house_id AND l.household_id = f.household_id AND l.relation = 'owns' AND l.to_on IS NULL
    WHERE NOT f.lives_elsewhere AND NOT f.is_new AND coalesce(f.building_kind, 'dwelling') = 'dwelling'
      AND EXISTS (SELECT FROM house_household w WHERE w.household_id = f.household_id AND w.closed_with = 'ended'
          AND NOT EXISTS (SELECT FROM house_household o WHERE o.household_id = w.household_id AND o.relation = 'lives'
              AND (o.id > w.id OR o.to_on IS NULL)));
UPDATE house_household l SET to_on = (SELECT today FROM intake) FROM moved_in m WHERE l.id = m.id;

CREATE TEMP TABLE joined ON COMMIT DROP AS
SELECT f.line, f.house_id, f.household_id, h.scope_code, h.code,
    CASE WHEN f.lives_elsewhere OR EXISTS (
        SELECT FROM house_household l WHERE l.household_id = f.household_id AND l.relation = 'lives' AND l.to_on IS NULL)
    THEN 'owns' ELSE 'lives' END AS relation
FROM family f JOIN house h ON h.id = f.house_id
WHERE f.household_id IS NOT NULL
  AND NOT EXISTS (
      SELECT FROM house_household l WHERE l.house_id = f.house_id AND l.household_id = f.household_id AND l.to_on IS NULL);
INSERT INTO house_household (house_id, household_id, scope_code, relation, batch_id)
    SELECT j.house_id, j.household_id, j.scope_code, j.relation, i.batch_id FROM joined j CROSS JOIN intake i;

-- A further house of a family that lives in another one: which one counts is told.
INSERT INTO finding
    SELECT j.line, 'house_code', j.code, 'second_house', o.code
    FROM joined j
    JOIN house_household l ON l.household_id = j.household_id AND l.relation = 'lives' AND l.to_on IS NULL
    JOIN house o ON o.id = l.house_id
    WHERE j.relation = 'owns'
    ORDER BY j.line LIMIT 100000;

-- A known family that has come to live here is seen here from now on.
CREATE TEMP TABLE family_come ON COMMIT DROP AS
    SELECT f.household_id AS id, h.scope_code
    FROM family f JOIN house h ON h.id = f.house_id JOIN household k ON k.id = f.household_id
    JOIN house_household l ON l.house_id = h.id AND l.household_id = k.id AND l.relation = 'lives' AND l.to_on IS NULL
    WHERE k.scope_code <> h.scope_code;
UPDATE household k SET scope_code = c.scope_code FROM family_come c WHERE k.id = c.id;
UPDATE category_certificate t SET scope_code = c.scope_code FROM family_come c WHERE t.household_id = c.id;

-- Known families: what the row states anew. Certified categories are left for a person.
CREATE TEMP TABLE family_wanted ON COMMIT DROP AS
    SELECT f.line, k.id, k.scope_code, k.version,
        {fields}
        s.id_number_cipher AS new_id_cipher, s.phone_cipher AS new_phone_cipher, s.reserved_id AS sealed_for,
        coalesce(s.id_number_key, k.id_number_key) AS id_number_key,
        coalesce(s.id_number_masked, k.id_number_masked) AS id_number_masked,
        coalesce(s.phone_key, k.phone_key) AS phone_key,
        coalesce(s.phone_masked, k.phone_masked) AS phone_masked,
        CASE WHEN s.cleared & {categories_bit} <> 0 THEN '{}' ELSE s.categories END AS stated_categories
    FROM family f JOIN staging s ON s.line = f.line JOIN household k ON k.id = f.household_id
    WHERE NOT f.lives_elsewhere;
INSERT INTO finding
    SELECT w.line, 'categories', coalesce(nullif(array_to_string(w.stated_categories, '、'), ''), '无'), 'differs', string_agg(c.category, '、')
    FROM family_wanted w JOIN category_certificate c ON c.household_id = w.id
    WHERE w.stated_categories IS NOT NULL AND (c.valid_to IS NULL OR c.valid_to >= (SELECT today FROM intake))
      AND NOT c.category = ANY (w.stated_categories)
    GROUP BY w.line, w.stated_categories;
UPDATE family_wanted w SET categories = k.categories
    FROM household k, finding f WHERE k.id = w.id AND f.line = w.line AND f.field = 'categories' AND f.kind = 'differs';

CREATE TEMP TABLE family_changed ON COMMIT DROP AS
    SELECT w.*, k.id_number_key IS DISTINCT FROM w.id_number_key AS new_id_number,
        k.phone_key IS DISTINCT FROM w.phone_key AS new_phone
    FROM family_wanted w JOIN household k ON k.id = w.id
    WHERE ({old_fields} k.id_number_key, k.phone_key) IS DISTINCT FROM ({new_fields} w.id_number_key, w.phone_key);

INSERT INTO import_change (batch_id, kind, row_id, scope_code, line, before, version_after)
    SELECT i.batch_id, 'household', k.id, k.scope_code, c.line, to_jsonb(k), k.version + 1
    FROM family_changed c JOIN household k ON k.id = c.id CROSS JOIN intake i;
