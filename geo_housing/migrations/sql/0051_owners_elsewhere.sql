-- A house knows the name of who owns it and lives in another one: whoever keeps the house may not see that family's record,
-- which stands where it lives. The name alone goes with the house; its people, numbers and categories do not.
CREATE INDEX ix_house_owner ON house (owner, scope_code) WHERE owner IS NOT NULL;

-- Of several owners the one that was recorded first.
CREATE FUNCTION house_owners_told(houses bigint[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE house h SET owner = o.head
    FROM unnest(houses) AS x (id)
    CROSS JOIN LATERAL (
        SELECT min(n.head) AS head FROM (
            SELECT k.head FROM house_household l JOIN household k ON k.id = l.household_id
            WHERE l.house_id = x.id AND l.relation = 'owns' AND l.to_on IS NULL AND k.head IS NOT NULL
            ORDER BY k.id LIMIT 1
        ) n
    ) o
    WHERE h.id = x.id AND h.owner IS DISTINCT FROM o.head
$$;
REVOKE ALL ON FUNCTION house_owners_told(bigint[]) FROM PUBLIC;

CREATE FUNCTION owners_linked() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    owned bigint[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        owned := ARRAY(SELECT DISTINCT house_id FROM after_rows WHERE relation = 'owns' AND to_on IS NULL);
    ELSIF TG_OP = 'DELETE' THEN
        owned := ARRAY(SELECT DISTINCT house_id FROM before_rows WHERE relation = 'owns' AND to_on IS NULL);
    ELSE
        owned := ARRAY(
            SELECT house_id FROM before_rows WHERE relation = 'owns'
            UNION SELECT house_id FROM after_rows WHERE relation = 'owns');
    END IF;
    IF cardinality(owned) > 0 THEN
        PERFORM house_owners_told(owned);
    END IF;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION owners_linked() FROM PUBLIC;
CREATE TRIGGER owners_added AFTER INSERT ON house_household REFERENCING NEW TABLE AS after_rows
    FOR EACH STATEMENT EXECUTE FUNCTION owners_linked();
CREATE TRIGGER owners_changed AFTER UPDATE ON house_household REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
    FOR EACH STATEMENT EXECUTE FUNCTION owners_linked();
CREATE TRIGGER owners_removed AFTER DELETE ON house_household REFERENCING OLD TABLE AS before_rows
    FOR EACH STATEMENT EXECUTE FUNCTION owners_linked();

-- Row by row, because hardly any statement changes a name.
CREATE FUNCTION owner_renamed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM house_owners_told(ARRAY(
        SELECT house_id FROM house_household WHERE household_id = NEW.id AND relation = 'owns' AND to_on IS NULL));
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION owner_renamed() FROM PUBLIC;
CREATE TRIGGER owner_renamed AFTER UPDATE ON household FOR EACH ROW WHEN (OLD.head IS DISTINCT FROM NEW.head)
    EXECUTE FUNCTION owner_renamed();

-- Which houses of one's own area belong to whom a ledger names with number and name, where that family lives beyond the area:
-- houses that one sees, and what one has written oneself; nothing of the family. Of the county's ledger nothing is hidden.
CREATE FUNCTION houses_owned_here(keys uuid[], heads text[]) RETURNS TABLE (id_number_key uuid, head text, house_id bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT x.key, x.head, h.id
    FROM unnest(keys, heads) AS x (key, head)
    JOIN household k ON k.id_number_key = x.key AND k.head = x.head COLLATE "C"
    JOIN house_household l ON l.household_id = k.id AND l.relation = 'owns' AND l.to_on IS NULL
    JOIN house h ON h.id = l.house_id
    WHERE NOT (k.scope_code >= coalesce(gh_area_lo(), ':') AND k.scope_code < coalesce(gh_area_hi(), ''))
      AND h.scope_code >= gh_area_lo() AND h.scope_code < gh_area_hi()
$$;
REVOKE ALL ON FUNCTION houses_owned_here(uuid[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION houses_owned_here(uuid[], text[]) TO gh_app;

SELECT house_owners_told(ARRAY(SELECT DISTINCT house_id FROM house_household WHERE relation = 'owns' AND to_on IS NULL));

-- As before; the triggers that name owners are set aside like those that count. What a load writes meanwhile are homes: its
-- links of owners come when they are made again (houses/intake/sql/6_households.sql).
CREATE OR REPLACE FUNCTION register_set_aside() RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    register CONSTANT regclass[] := ARRAY['house', 'household', 'house_household', 'grade_record'];
    part record;
    one regclass;
BEGIN
    IF EXISTS (SELECT FROM house) OR EXISTS (SELECT FROM household) THEN
        RETURN false;
    END IF;
    BEGIN
        LOCK TABLE house, household, house_household, grade_record IN ACCESS EXCLUSIVE MODE NOWAIT;
        IF EXISTS (SELECT FROM house) OR EXISTS (SELECT FROM household)
            OR EXISTS (SELECT FROM house_household) OR EXISTS (SELECT FROM grade_record) THEN
            RAISE lock_not_available;
        END IF;
    EXCEPTION WHEN lock_not_available THEN
        -- Whoever is at work goes first; the block's end has given the locks back.
        RETURN false;
    END;
    INSERT INTO register_set_aside (position, removal, definition)
        SELECT CASE c.contype WHEN 'f' THEN 3 ELSE 1 END,
            format('ALTER TABLE %s DROP CONSTRAINT %I', c.conrelid::regclass, c.conname),
            format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid))
        FROM pg_constraint c WHERE c.conrelid = ANY (register) AND c.contype IN ('u', 'f');
    INSERT INTO register_set_aside (position, removal, definition)
        SELECT 2, format('DROP INDEX %s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)
        FROM pg_index i
        WHERE i.indrelid = ANY (register)
          AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'));
    -- All of them, also those of changes: register_put_back counts what stands in the end, whatever became of it on the way.
    INSERT INTO register_set_aside (position, removal, definition)
        SELECT 4, format('ALTER TABLE %s DISABLE TRIGGER %I', t.tgrelid::regclass, t.tgname),
            format('ALTER TABLE %s ENABLE TRIGGER %I', t.tgrelid::regclass, t.tgname)
        FROM pg_trigger t
        WHERE t.tgrelid = ANY (register)
          AND t.tgfoid IN ('family_changed'::regproc, 'house_grid_inserted'::regproc, 'house_grid_updated'::regproc,
              'house_grid_deleted'::regproc, 'owners_linked'::regproc);
    FOR part IN SELECT removal FROM register_set_aside ORDER BY position DESC, definition LOOP
        EXECUTE part.removal;
    END LOOP;
    FOREACH one IN ARRAY register LOOP
        EXECUTE format('CLUSTER %s USING %I', one, 'pk_' || one::text);
        EXECUTE format('ALTER TABLE %s SET WITHOUT CLUSTER', one);
    END LOOP;
    RETURN true;
END
$$;

-- Makes again what was set aside, and counts all rows for the triggers that did not; does nothing when nothing was.
CREATE OR REPLACE FUNCTION register_put_back() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    part record;
BEGIN
    IF NOT EXISTS (SELECT FROM register_set_aside) THEN
        RETURN;
    END IF;
    FOR part IN SELECT definition FROM register_set_aside ORDER BY position, definition LOOP
        EXECUTE part.definition;
    END LOOP;
    DELETE FROM register_set_aside;
    INSERT INTO house_grid_delta (cell, scope_code, risk, renovation, houses)
        SELECT tile_key >> 16, scope_code, risk, renovation, count(*) FROM house
        WHERE tile_key IS NOT NULL AND ended_on IS NULL GROUP BY 1, 2, 3, 4;
    INSERT INTO family_change (scope_code)
        SELECT scope_code FROM house UNION SELECT scope_code FROM household UNION SELECT scope_code FROM house_household;
END
$$;
