-- The queue (its own tables are made by the library's schema just before) and the table of jobs.
-- The queue holds numbers of jobs only; whose they are and what they do stands in table job, behind its policy.
GRANT SELECT, INSERT, UPDATE, DELETE ON job TO gh_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON
    procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers, procrastinate_workers
TO gh_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO gh_app;
GRANT SELECT ON job, procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers, procrastinate_workers
TO gh_backup;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO gh_backup;
