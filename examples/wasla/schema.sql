-- Wasla: a station for shared taxis. Vehicles queue up for a destination, passengers book seats, and a vehicle that
-- leaves gets an exit pass. Each vehicle pays for a day pass first.
--
-- Plain tables of an application: nothing in here knows of rtbridge. Load it into an empty database with
--   psql --set ON_ERROR_STOP=1 --file schema.sql "$DATABASE_URL"

BEGIN;

CREATE TABLE destinations (
    id         text PRIMARY KEY,
    name       text NOT NULL,
    name_ar    text NOT NULL,
    -- What one seat costs.
    seat_price numeric(10,2) NOT NULL CHECK (seat_price > 0),
    is_active  boolean NOT NULL DEFAULT true
);

CREATE TABLE day_passes (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    license_plate text NOT NULL,
    valid_on      date NOT NULL DEFAULT current_date,
    amount        numeric(10,2) NOT NULL CHECK (amount >= 0),
    status        text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'REVOKED')),
    -- Staff are known by number here; names stay in the staff system.
    issued_by     text,
    issued_at     timestamptz NOT NULL DEFAULT now(),
    UNIQUE (license_plate, valid_on)
);

-- Vehicles that are in the station now. A vehicle that leaves is deleted.
CREATE TABLE vehicle_queue (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    destination_id  text NOT NULL REFERENCES destinations,
    license_plate   text NOT NULL UNIQUE,
    -- 1 leaves next. Not unique: the ranks of a whole queue move up in one statement.
    queue_position  integer NOT NULL CHECK (queue_position > 0),
    total_seats     smallint NOT NULL DEFAULT 8 CHECK (total_seats BETWEEN 1 AND 60),
    available_seats smallint NOT NULL DEFAULT 8 CHECK (available_seats >= 0),
    status          text NOT NULL DEFAULT 'WAITING' CHECK (status IN ('WAITING', 'LOADING', 'READY')),
    entered_at      timestamptz NOT NULL DEFAULT now(),
    CHECK (available_seats <= total_seats)
);

CREATE INDEX vehicle_queue_order ON vehicle_queue (destination_id, queue_position);

CREATE TABLE bookings (
    id                    uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    destination_id        text NOT NULL REFERENCES destinations,
    -- Empty for a booking at the counter before a vehicle is there, and once the vehicle has left.
    queue_id              uuid REFERENCES vehicle_queue ON DELETE SET NULL,
    vehicle_license_plate text NOT NULL,
    seats_booked          smallint NOT NULL CHECK (seats_booked BETWEEN 1 AND 60),
    total_amount          numeric(10,2) NOT NULL CHECK (total_amount >= 0),
    status                text NOT NULL DEFAULT 'CONFIRMED'
                          CHECK (status IN ('CONFIRMED', 'BOARDED', 'CANCELLED')),
    -- Private: rtbridge.yaml keeps it out of every event.
    customer_phone        text,
    booked_by             text,
    created_at            timestamptz NOT NULL DEFAULT now(),
    cancelled_at          timestamptz
);

CREATE INDEX bookings_queue ON bookings (queue_id) WHERE queue_id IS NOT NULL;

CREATE TABLE exit_passes (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    destination_id text NOT NULL REFERENCES destinations,
    license_plate  text NOT NULL,
    seats_taken    smallint NOT NULL CHECK (seats_taken >= 0),
    total_amount   numeric(10,2) NOT NULL CHECK (total_amount >= 0),
    issued_by      text,
    issued_at      timestamptz NOT NULL DEFAULT now()
);

INSERT INTO destinations (id, name, name_ar, seat_price, is_active) VALUES
    ('tunis',     'Tunis',            'تونس',     14.50, true),
    ('sfax',      'Sfax',             'صفاقس',    13.20, true),
    ('sousse',    'Sousse',           'سوسة',      2.40, true),
    ('kairouan',  'Kairouan',         'القيروان',  6.75, true),
    ('mahdia',    'Mahdia',           'المهدية',   4.10, true),
    ('test-dest', 'Test destination', 'تجربة',     5.00, false);

COMMIT;
