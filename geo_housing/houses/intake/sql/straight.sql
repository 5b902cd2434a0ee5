-- A portion of a large first load whose rows share no code and no ID number with any other row: each is a new house with
-- its own family, so nothing is to be matched. Runs while the next portion is being checked.
INSERT INTO target SELECT line, NULL, code, true, 1, reserved_id FROM staging;

INSERT INTO sampled
    SELECT line, lon, lat, declared_code FROM staging
    WHERE tile_key IS NOT NULL AND length(declared_code) = 12 ORDER BY hashint8(line) LIMIT {sample};

{3b_place}
{4_new}
INSERT INTO household (
    id, scope_code, head, id_number_cipher, id_number_key, id_number_masked, phone_cipher, phone_key, phone_masked,
    persons, categories, monitoring, traits, is_demo, batch_id)
SELECT t.reserved_id, p.scope_code, s.head, s.id_number_cipher, s.id_number_key, s.id_number_masked, s.phone_cipher,
    s.phone_key, s.phone_masked, s.persons, s.categories, s.monitoring, s.traits, i.is_demo, i.batch_id
FROM target t JOIN staging s ON s.line = t.line JOIN placed p ON p.line = t.line CROSS JOIN intake i
WHERE {states_family};

INSERT INTO house_household (house_id, household_id, scope_code, relation, batch_id)
SELECT t.reserved_id, t.reserved_id, p.scope_code, 'lives', i.batch_id
FROM target t JOIN staging s ON s.line = t.line JOIN placed p ON p.line = t.line CROSS JOIN intake i
WHERE {states_family};
