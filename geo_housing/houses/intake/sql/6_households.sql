-- Families that nobody knew, their links, and what is new of those that are known (4a_families.sql says who is who).
-- The year of a house in no annual ledger is kept as a further family's row wrote it, too.
UPDATE own o SET wanted = o.wanted || jsonb_build_object({year_kept_under}, o.stated_year::text)
FROM house h
WHERE h.id = o.house_id AND o.is_a_familys AND o.stated_year IS NOT NULL AND NOT {is_in_ledger};

INSERT INTO household (
    id, scope_code, head, id_number_cipher, id_number_key, id_number_masked, phone_cipher, phone_key, phone_masked,
    persons, categories, monitoring, traits, is_demo, batch_id)
SELECT f.new_id, h.scope_code, s.head, s.id_number_cipher, s.id_number_key, s.id_number_masked, s.phone_cipher,
    s.phone_key, s.phone_masked, s.persons, s.categories, s.monitoring, s.traits, i.is_demo, i.batch_id
FROM family f JOIN staging s ON s.line = f.line JOIN house h ON h.id = f.house_id CROSS JOIN intake i
WHERE f.household_id IS NULL;

-- Links: a family lives in its row's house unless it is known to live in another one, which it then owns.
INSERT INTO house_household (house_id, household_id, scope_code, relation, batch_id, extra)
SELECT f.house_id, f.new_id, h.scope_code, 'lives', i.batch_id, o.wanted
FROM family f JOIN house h ON h.id = f.house_id LEFT JOIN own o ON o.line = f.line AND o.is_a_familys CROSS JOIN intake i
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
INSERT INTO house_household (house_id, household_id, scope_code, relation, batch_id, extra)
    SELECT j.house_id, j.household_id, j.scope_code, j.relation, i.batch_id, o.wanted
    FROM joined j LEFT JOIN own o ON o.line = j.line AND o.is_a_familys CROSS JOIN intake i;

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
        -- A number of the first generation (sealed, without a key) is a note: it takes no other one's place.
        s.id_number_cipher IS NOT NULL AND s.id_number_key IS NULL AS states_old_number,
        k.id_number_cipher IS NOT NULL AND k.id_number_key IS NULL AS has_old_number,
        false AS is_other_number,
        CASE WHEN s.id_number_key IS NULL AND k.id_number_key IS NOT NULL THEN k.id_number_masked
            ELSE coalesce(s.id_number_masked, k.id_number_masked) END AS id_number_masked,
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

-- Another head under the same ID number: a head who has changed, or a number that was written for somebody else.
INSERT INTO finding
    SELECT w.line, 'id_number', s.head, 'check', 'other_head:' || k.head
    FROM family_wanted w JOIN household k ON k.id = w.id JOIN staging s ON s.line = w.line
    WHERE s.id_number_key = k.id_number_key AND s.head <> k.head
    ORDER BY w.line LIMIT 100000;
