-- What is new of known families. Numbers of the two generations have been compared (service.py): of two that are not one
-- person's the 18 digits stand, and either is told; of two of the first generation the later one stands.
INSERT INTO finding
    SELECT line, 'id_number', NULL, 'check', CASE WHEN states_old_number THEN 'old_number' ELSE 'new_number' END
    FROM family_wanted WHERE is_other_number AND NOT (states_old_number AND has_old_number)
    ORDER BY line LIMIT 100000;

CREATE TEMP TABLE family_changed ON COMMIT DROP AS
    SELECT w.*, k.id_number_key IS DISTINCT FROM w.id_number_key OR note.is_new AS new_id_number,
        k.phone_key IS DISTINCT FROM w.phone_key AS new_phone
    FROM family_wanted w JOIN household k ON k.id = w.id
    CROSS JOIN LATERAL (SELECT
        w.states_old_number AND k.id_number_key IS NULL AND (w.is_other_number OR NOT w.has_old_number) AS is_new) note
    WHERE ({old_fields} k.id_number_key, k.phone_key) IS DISTINCT FROM ({new_fields} w.id_number_key, w.phone_key)
       OR note.is_new;

-- What is sealed stands in columns of its own: a change of keys seals it anew.
INSERT INTO import_change (batch_id, kind, row_id, scope_code, line, before, id_number_cipher, phone_cipher, version_after)
    SELECT i.batch_id, 'household', k.id, k.scope_code, c.line, to_jsonb(k) - ARRAY['id_number_cipher', 'phone_cipher'],
        k.id_number_cipher, k.phone_cipher, k.version + 1
    FROM family_changed c JOIN household k ON k.id = c.id CROSS JOIN intake i;

-- What the rows of further families say in columns that no field takes. A link that said nothing of its own until now says
-- it from here on, also where that is just what the house has: the house's may change.
CREATE TEMP TABLE own_changed ON COMMIT DROP AS
    SELECT o.line, l.id, l.scope_code, o.before IS DISTINCT FROM o.wanted AS is_told, jsonb_build_object(
            'extra', l.extra, 'left', o.wanted) AS before
    FROM own o JOIN house_household l ON l.id = o.link_id
    WHERE o.is_a_familys AND l.extra IS DISTINCT FROM o.wanted AND o.line NOT IN (SELECT line FROM joined);
INSERT INTO import_change (batch_id, kind, row_id, scope_code, line, before, version_after)
    SELECT i.batch_id, 'link', c.id, c.scope_code, c.line, c.before, 1 FROM own_changed c CROSS JOIN intake i WHERE c.is_told;
UPDATE house_household l SET extra = c.before -> 'left' FROM own_changed c WHERE l.id = c.id;

-- A row that is no family of its own has nowhere to be kept but with the house, which another row speaks for.
INSERT INTO finding
    SELECT o.line, 'house_code', h.code, 'same_house', 'columns:' || other.line || ':' || said.names
    FROM own o JOIN house h ON h.id = o.house_id
    CROSS JOIN LATERAL (
        SELECT p.line FROM own p WHERE p.house_id = o.house_id AND p.line <> o.line
        ORDER BY p.is_the_houses DESC, p.line LIMIT 1
    ) other
    CROSS JOIN LATERAL (
        SELECT string_agg(e.key, '、' ORDER BY e.key) AS names FROM jsonb_each_text(o.stated) e
        WHERE h.extra ->> e.key IS DISTINCT FROM e.value AND NOT EXISTS (
            SELECT FROM house_household l WHERE l.house_id = o.house_id AND l.extra ->> e.key = e.value)
    ) said
    WHERE NOT o.is_the_houses AND NOT o.is_a_familys AND said.names IS NOT NULL
    ORDER BY o.line LIMIT 100000;
