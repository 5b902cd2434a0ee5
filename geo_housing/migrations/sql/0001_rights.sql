-- Who may touch which table at all. Row level security (0001_policies.sql) narrows that to the actor's area.
GRANT USAGE ON SCHEMA public TO gh_app, gh_backup;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO gh_backup;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO gh_backup;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO gh_app;

GRANT SELECT, INSERT, UPDATE ON
    area, area_alias, area_cell, app_user, area_grant, sign_in_session, api_token, first_link, stored_file,
    house, house_alias, household, category_certificate, house_household, import_batch, ledger_difference,
    house_grid, house_grid_delta, hazard_event, hazard_zone, hazard_zone_piece, hazard_zone_area,
    emergency_inspection, inspection_photo, workday
TO gh_app;

-- History: added to, never changed or removed by the service.
GRANT SELECT, INSERT ON
    journal_entry, journal_digest, grade_record, import_rows, import_change, zone_revision, policy_setting
TO gh_app;

-- What may be removed: derived rows, ended sessions, expired links, demo data (through demo_clear).
GRANT DELETE ON
    area_alias, area_cell, area_grant, sign_in_session, first_link, stored_file, house_grid, house_grid_delta,
    hazard_zone_piece, hazard_zone_area, workday
TO gh_app;
GRANT SELECT ON alembic_version TO gh_app, gh_backup;
