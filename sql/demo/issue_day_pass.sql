-- Sells a day pass to a vehicle; a vehicle that has one for today keeps it.
-- Parameters: $1 text licence plate, $2 numeric price, $3 text number of the staff member.
-- Returns nothing.
-- Locks: the inserted row. Relies on: the unique key of day_passes (license_plate, valid_on).
INSERT INTO public.day_passes (license_plate, amount, issued_by)
VALUES ($1::text, $2::numeric, $3::text)
ON CONFLICT (license_plate, valid_on) DO NOTHING
