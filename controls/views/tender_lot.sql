-- The lots of every tender that has any, from wherever a lot is named.
SELECT
    tender_id,
    lot_id
FROM lot
WHERE lot_id IS NOT NULL AND tender_id IS NOT NULL
UNION
SELECT
    tender_id,
    lot_id
FROM bid
WHERE lot_id IS NOT NULL AND tender_id IS NOT NULL
UNION
SELECT
    tender_id,
    lot_id
FROM award
WHERE lot_id IS NOT NULL AND tender_id IS NOT NULL
UNION
SELECT
    tender_id,
    lot_id
FROM committee_member
WHERE lot_id IS NOT NULL AND tender_id IS NOT NULL
UNION
SELECT
    context_id AS tender_id,
    lot_id
FROM process_action
WHERE lot_id IS NOT NULL AND context_type = 'tender'
