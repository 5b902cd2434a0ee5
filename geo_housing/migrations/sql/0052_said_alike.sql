-- What several ledgers said alike before it was asked once (houses/intake/sql/7_finish.sql) is still asked several times: the
-- last one is answered for all.
UPDATE ledger_difference d SET settled_at = now(), settled_by = '后来的台账说法相同'
WHERE d.settled_at IS NULL AND EXISTS (
    SELECT FROM ledger_difference l
    WHERE l.house_id = d.house_id AND l.field = d.field AND (l.stored, l.stated) IS NOT DISTINCT FROM (d.stored, d.stated)
      AND l.settled_at IS NULL AND l.id > d.id);
