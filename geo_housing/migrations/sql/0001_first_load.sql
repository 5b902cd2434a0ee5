-- The first load fills empty tables. To keep every index and to look every foreign key up row by row takes longer than
-- the rows themselves; made afterwards over all rows at once they are the same indexes and the same checks. All of it
-- is one transaction: whatever goes wrong leaves the register as it was, and nobody sees it in between.

-- Takes indexes and foreign keys of the register off while it is empty and nobody is at it; false: load with them.
CREATE FUNCTION register_set_aside() RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    part record;
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
        FROM pg_constraint c
        WHERE c.conrelid IN ('house'::regclass, 'household'::regclass, 'house_household'::regclass, 'grade_record'::regclass)
          AND c.contype IN ('u', 'f');
    INSERT INTO register_set_aside (position, removal, definition)
        SELECT 2, format('DROP INDEX %s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)
        FROM pg_index i
        WHERE i.indrelid IN ('house'::regclass, 'household'::regclass, 'house_household'::regclass, 'grade_record'::regclass)
          AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'));
    FOR part IN SELECT removal FROM register_set_aside ORDER BY position DESC, definition LOOP
        EXECUTE part.removal;
    END LOOP;
    RETURN true;
END
$$;
REVOKE ALL ON FUNCTION register_set_aside() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION register_set_aside() TO gh_app;

-- Makes again what was set aside; does nothing when nothing was.
CREATE FUNCTION register_put_back() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    part record;
BEGIN
    FOR part IN SELECT definition FROM register_set_aside ORDER BY position, definition LOOP
        EXECUTE part.definition;
    END LOOP;
    DELETE FROM register_set_aside;
END
$$;
REVOKE ALL ON FUNCTION register_put_back() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION register_put_back() TO gh_app;

-- Nobody commits a register without its indexes and checks.
CREATE FUNCTION refuse_set_aside() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM register_set_aside) THEN
        RAISE EXCEPTION 'indexes and foreign keys of the register are still set aside';
    END IF;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION refuse_set_aside() FROM PUBLIC;
CREATE CONSTRAINT TRIGGER put_back AFTER INSERT ON register_set_aside
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_set_aside();
