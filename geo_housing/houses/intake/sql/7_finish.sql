UPDATE household k
SET {assignments}
    id_number_key = c.id_number_key, id_number_masked = c.id_number_masked,
    id_number_cipher = CASE WHEN c.new_id_number THEN c.new_id_cipher ELSE k.id_number_cipher END,
    phone_key = c.phone_key, phone_masked = c.phone_masked,
    phone_cipher = CASE WHEN c.new_phone THEN c.new_phone_cipher ELSE k.phone_cipher END,
    batch_id = i.batch_id, version = k.version + 1, updated_at = now()
FROM family_changed c CROSS JOIN intake i
WHERE k.id = c.id;

-- The caches on the house (D13). A new house with one new family got them when it was inserted; all others here.
CREATE TEMP TABLE to_recount ON COMMIT DROP AS
    SELECT DISTINCT f.house_id
    FROM family f
    WHERE NOT f.is_new OR f.household_id IS NOT NULL OR f.line IN (SELECT line FROM repeated)
       OR f.house_id IN (SELECT g.house_id FROM family g JOIN repeated r ON r.line = g.line)
    UNION
    SELECT id FROM changed WHERE ended_on IS NOT NULL
    UNION
    SELECT l.house_id FROM family_changed c JOIN house_household l ON l.household_id = c.id;
SELECT house_recount((SELECT array_agg(house_id) FROM to_recount));
