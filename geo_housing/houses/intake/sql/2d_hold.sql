-- What is read from here on still stands when it is written: whoever was quicker is seen with what they saved, whoever
-- comes later waits and is told that the house has changed. Other rows may name the houses meanwhile (NO KEY): tasks of
-- a disaster do not wait for a ledger.
DO $$
BEGIN
    PERFORM FROM house h WHERE h.id IN (SELECT house_id FROM target WHERE NOT is_new) ORDER BY h.id FOR NO KEY UPDATE;
    PERFORM FROM household k
        WHERE k.id IN (
            SELECT l.household_id FROM house_household l JOIN target t ON t.house_id = l.house_id WHERE l.to_on IS NULL
            UNION
            SELECT p.id FROM household p JOIN staging s ON s.id_number_key = p.id_number_key JOIN target t ON t.line = s.line)
        ORDER BY k.id FOR NO KEY UPDATE;
END
$$;

-- A house that somebody has ended while we waited for it.
INSERT INTO finding
    SELECT t.line, 'house_code', h.code, 'rejected', 'ended:' || h.ended_on
    FROM target t JOIN house h ON h.id = t.house_id
    WHERE h.ended_on IS NOT NULL AND h.ended_reason IS DISTINCT FROM 'mistaken';
DELETE FROM target t USING house h
    WHERE h.id = t.house_id AND h.ended_on IS NOT NULL AND h.ended_reason IS DISTINCT FROM 'mistaken';
