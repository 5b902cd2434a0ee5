-- Staging of one load: text already checked cell by cell, personal data already encrypted. Temporary tables
-- have no row level security, which COPY refuses, and vanish with the transaction.
-- NULL means "not stated"; bit n of cleared says that field n was cleared with 无 (intake/staging.py).
CREATE TEMP TABLE staging (
    line int NOT NULL,
    code text COLLATE "C",
    declared_code text COLLATE "C",
    settlement text,
    head text COLLATE "C",
    id_number_cipher bytea,
    id_number_key uuid,
    id_number_masked text COLLATE "C",
    phone_cipher bytea,
    phone_key uuid,
    phone_masked text COLLATE "C",
    persons smallint,
    lon double precision,
    lat double precision,
    tile_key bigint,
    structure text COLLATE "C",
    built_year smallint,
    storeys smallint,
    rooms smallint,
    area_m2 double precision,
    building_kind text COLLATE "C",
    occupancy text COLLATE "C",
    occupancy_checked_on date,
    grade text COLLATE "C",
    grade_basis text COLLATE "C",
    graded_on date,
    suspected boolean,
    renovation text COLLATE "C",
    renovation_year smallint,
    measure text COLLATE "C",
    categories text[] COLLATE "C",
    monitoring text[] COLLATE "C",
    traits text[] COLLATE "C",
    -- Stated where the ledger has a column for each trait: it then says nothing of the others (spreadsheet/batch.py).
    traits_denied text[] COLLATE "C",
    remark text,
    extra jsonb,
    place_beyond text,
    names_place boolean NOT NULL,
    is_unclear boolean NOT NULL,
    cleared bigint NOT NULL,
    reserved_id bigint NOT NULL
) ON COMMIT DROP;

-- One row of facts about this load that every step reads.
-- default_scope takes rows that name a place nobody knows and have no point: they must not get lost. is_exported: the register
-- wrote the ledger itself, so a cell that says what is stored is nobody's word.
CREATE TEMP TABLE intake (
    batch_id bigint, today date, source text, source_crs text, is_demo boolean, default_scope text COLLATE "C",
    is_exported boolean)
    ON COMMIT DROP;

-- What the steps found wrong: joined to the faults of the cells for the report.
CREATE TEMP TABLE finding (line int, field text, value text, kind text, detail text) ON COMMIT DROP;

-- Rows that share a house code or an ID number with another row of a large first load: they come after all others.
CREATE TEMP TABLE held (LIKE staging) ON COMMIT DROP;

-- One row per line that goes on: the house it means (or will be) and its place among the rows of that house.
-- Several rows with one code are several households of one house; the first gives the house's own cells.
CREATE TEMP TABLE target (
    line int, house_id bigint, code text COLLATE "C", is_new boolean, place bigint, reserved_id bigint) ON COMMIT DROP;
-- What stood of a known house before this load.
CREATE TEMP TABLE known (line int, scope_code text COLLATE "C", is_confirmed boolean) ON COMMIT DROP;
-- Where each house stands: villages at the point, what is around it, and the answer.
CREATE TEMP TABLE covered (line int, village_code text COLLATE "C", villages bigint) ON COMMIT DROP;
CREATE TEMP TABLE around (line int, area_code text COLLATE "C") ON COMMIT DROP;
CREATE TEMP TABLE placed (
    line int, village_code text COLLATE "C", scope_code text COLLATE "C", location_state text, location_note text)
    ON COMMIT DROP;

-- A sample of points for the comparison with the declared villages (shift.py).
CREATE TEMP TABLE sampled (
    line int, lon double precision, lat double precision, declared_code text COLLATE "C") ON COMMIT DROP;
