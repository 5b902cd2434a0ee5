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

-- What the ledger says against signed facts waits for a person, once: of several ledgers that say the same the last one is
-- answered for all, and is the one that whoever settles it has at hand. The earlier line is open again when that ledger is
-- taken back (undo.py).
CREATE TEMP TABLE differing ON COMMIT DROP AS
    SELECT DISTINCT ON (t.house_id, f.field, f.detail, f.value)
        t.house_id, h.scope_code, f.line, f.field, f.detail AS stored, f.value AS stated
    FROM finding f JOIN target t ON t.line = f.line JOIN house h ON h.id = t.house_id
    WHERE f.kind = 'differs'
    ORDER BY t.house_id, f.field, f.detail, f.value, f.line;
UPDATE ledger_difference d SET settled_at = now(), settled_by = '{said_again}'
    FROM differing n
    WHERE d.settled_at IS NULL AND d.house_id = n.house_id AND d.field = n.field
      AND (d.stored, d.stated) IS NOT DISTINCT FROM (n.stored, n.stated);
INSERT INTO ledger_difference (batch_id, house_id, scope_code, line, field, stored, stated)
    SELECT i.batch_id, d.house_id, d.scope_code, d.line, d.field, d.stored, d.stated
    FROM differing d CROSS JOIN intake i ORDER BY d.line;
