-- What hangs on the tasks and rows of a house bears their division: after a house registered twice in two villages is one
-- house, its photos, pictures and steps are seen where it stands, as when an outline moves (house_scope_followed).
CREATE FUNCTION night_scope_followed(kept bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM house h WHERE h.id = kept
            AND h.scope_code >= nullif(current_setting('gh.area_lo', true), '')
            AND h.scope_code < nullif(current_setting('gh.area_hi', true), '')) THEN
        RETURN;
    END IF;
    UPDATE evacuation_step s SET scope_code = e.scope_code
        FROM evacuation e WHERE e.house_id = kept AND s.evacuation_id = e.id AND s.scope_code <> e.scope_code;
    UPDATE inspection_photo p SET scope_code = e.scope_code
        FROM emergency_inspection e WHERE e.house_id = kept AND p.inspection_id = e.id AND p.scope_code <> e.scope_code;
    -- The picture itself, unless it also belongs to an inspection that stays.
    UPDATE stored_file f SET scope_code = p.scope_code
        FROM inspection_photo p JOIN emergency_inspection e ON e.id = p.inspection_id
        WHERE e.house_id = kept AND f.id = p.file_id AND f.scope_code <> p.scope_code
          AND NOT EXISTS (SELECT FROM inspection_photo o WHERE o.file_id = f.id AND o.scope_code <> p.scope_code);
END
$$;
REVOKE ALL ON FUNCTION night_scope_followed(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION night_scope_followed(bigint) TO gh_app;
