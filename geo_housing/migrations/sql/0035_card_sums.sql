-- Whether a printed 避险明白卡 still says of its families what is so is asked of all cards of a county at once. Its sum is kept,
-- together with the number of changes to houses and families of its division: as long as that number stands, the sum does.
-- Every statement counts, whatever it changed: a column that nobody thought of makes a sum be made again, never stay.
GRANT SELECT ON family_change, card_sum TO gh_app;
GRANT INSERT, UPDATE ON card_sum TO gh_app;
GRANT SELECT ON family_change, card_sum TO gh_backup;
GRANT SELECT ON SEQUENCE family_change_id_seq TO gh_backup;

ALTER TABLE family_change ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_own ON family_change FOR SELECT TO gh_app
    USING (scope_code >= gh_area_lo() AND scope_code < gh_area_hi());
ALTER TABLE card_sum ENABLE ROW LEVEL SECURITY;
CREATE POLICY area_range ON card_sum TO gh_app USING (scope_code >= gh_area_lo() AND scope_code < gh_area_hi());

-- Rows are only added, so that no writer waits for another. A number grows with every commit and never comes back.
CREATE FUNCTION family_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO family_change (scope_code) SELECT DISTINCT scope_code FROM after_rows;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO family_change (scope_code) SELECT DISTINCT scope_code FROM before_rows;
    ELSE
        INSERT INTO family_change (scope_code)
            SELECT scope_code FROM before_rows UNION SELECT scope_code FROM after_rows;
    END IF;
    -- A family counts where its house stands, whatever division its own row names. A new one has no house yet.
    IF TG_TABLE_NAME = 'household' AND TG_OP = 'UPDATE' THEN
        INSERT INTO family_change (scope_code)
            SELECT DISTINCT h.scope_code FROM after_rows k
            JOIN house_household l ON l.household_id = k.id JOIN house h ON h.id = l.house_id
            WHERE h.scope_code <> k.scope_code;
    ELSIF TG_TABLE_NAME = 'house_household' AND TG_OP <> 'DELETE' THEN
        INSERT INTO family_change (scope_code)
            SELECT DISTINCT h.scope_code FROM after_rows l JOIN house h ON h.id = l.house_id
            WHERE h.scope_code <> l.scope_code;
    END IF;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION family_changed() FROM PUBLIC;

DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['house', 'household', 'house_household'] LOOP
        EXECUTE format('CREATE TRIGGER family_added AFTER INSERT ON %I REFERENCING NEW TABLE AS after_rows'
            ' FOR EACH STATEMENT EXECUTE FUNCTION family_changed()', kept);
        EXECUTE format('CREATE TRIGGER family_changed AFTER UPDATE ON %I'
            ' REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows'
            ' FOR EACH STATEMENT EXECUTE FUNCTION family_changed()', kept);
        EXECUTE format('CREATE TRIGGER family_removed AFTER DELETE ON %I REFERENCING OLD TABLE AS before_rows'
            ' FOR EACH STATEMENT EXECUTE FUNCTION family_changed()', kept);
    END LOOP;
END
$$;

-- A division that goes (only a demo's does) leaves neither number nor sum behind.
CREATE FUNCTION card_sums_gone() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM card_sum s USING before_rows a WHERE s.scope_code = a.code;
    DELETE FROM family_change c USING before_rows a WHERE c.scope_code = a.code;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION card_sums_gone() FROM PUBLIC;
CREATE TRIGGER card_sums_gone AFTER DELETE ON area REFERENCING OLD TABLE AS before_rows
    FOR EACH STATEMENT EXECUTE FUNCTION card_sums_gone();

-- Keeps both short: one row stands for all committed changes of a division, the number stays. What a statement or rules of
-- long ago asked is asked by nobody.
CREATE FUNCTION family_change_fold() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    folded bigint;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('family_change_fold')) THEN
        RETURN 0;
    END IF;
    DELETE FROM card_sum WHERE made_on < current_date - 60;
    WITH taken AS (
        DELETE FROM family_change WHERE scope_code IN (
            SELECT scope_code FROM family_change GROUP BY 1 HAVING count(*) > 20)
        RETURNING scope_code, changes
    ), kept AS (
        INSERT INTO family_change (scope_code, changes) SELECT scope_code, sum(changes) FROM taken GROUP BY 1
    )
    SELECT count(*) INTO folded FROM taken;
    RETURN folded;
END
$$;
REVOKE ALL ON FUNCTION family_change_fold() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION family_change_fold() TO gh_app;
