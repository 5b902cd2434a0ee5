-- An event concerns whoever has tasks of it. One that a township made is seen in that township and above it alone: when the
-- county gives tasks in a neighbour's ground it takes the event over, so that the neighbour sees what it has to do.

-- As 0001_triggers.sql has it; a revision may be handed up with its event, nothing else of it changes.
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'zone_revision' THEN
        IF TG_OP = 'DELETE' AND EXISTS (SELECT FROM hazard_event e WHERE e.id = OLD.event_id
                AND (e.is_demo OR EXISTS (SELECT FROM area a WHERE a.code = e.scope_code AND a.is_demo))) THEN
            RETURN OLD;
        END IF;
        IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - 'scope_code' = to_jsonb(NEW) - 'scope_code'
                AND OLD.scope_code <> NEW.scope_code AND starts_with(OLD.scope_code, NEW.scope_code) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;

-- As 0008_warnings.sql has it, and likewise.
CREATE OR REPLACE FUNCTION keep_warning() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    free text[] := ARRAY['ended_at', 'ended_by', 'scope_code'];
BEGIN
    IF to_jsonb(OLD) - free IS DISTINCT FROM to_jsonb(NEW) - free
        OR NOT starts_with(OLD.scope_code, NEW.scope_code)
        OR (OLD.ended_at IS NOT NULL
            AND (OLD.ended_at, OLD.ended_by) IS DISTINCT FROM (NEW.ended_at, NEW.ended_by)) THEN
        RAISE EXCEPTION 'warning is append-only: only its end is added' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;

-- Only by whoever has all of ``code``, and only upwards; true when it was another's before.
CREATE FUNCTION event_taken_over(event int, code text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (code COLLATE "C" >= gh_area_lo() AND code COLLATE "C" < gh_area_hi()) IS NOT TRUE THEN
        RAISE EXCEPTION 'an event is taken over into one''s own area' USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE hazard_event e SET scope_code = code
        WHERE e.id = event AND e.scope_code <> code AND starts_with(e.scope_code, code);
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE zone_revision r SET scope_code = code WHERE r.event_id = event;
    UPDATE hazard_zone z SET scope_code = code WHERE z.event_id = event;
    UPDATE warning w SET scope_code = code WHERE w.event_id = event;
    RETURN true;
END
$$;
REVOKE ALL ON FUNCTION event_taken_over(int, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION event_taken_over(int, text) TO gh_app;
