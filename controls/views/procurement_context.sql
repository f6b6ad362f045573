-- What is decided, per tender and lot, contract and purchase order: when, for how much, and whether it was called off.
-- A tender without lots has the lot '-'. Several awards of one lot count once, with their sum and the latest decision,
-- so that an award added in a later quarter is tested there. A deleted order and a tender that was cancelled, withdrawn
-- or led to nothing is called off, and so is a lot without award in a tender that is complete: whoever took part is
-- tested all the same.
WITH known AS (
    SELECT tender_id FROM tender
    UNION
    SELECT tender_id FROM award
    WHERE tender_id IS NOT NULL
),

award_of_lot AS (
    SELECT
        award.tender_id,
        COALESCE(award.lot_id, tender_lot.lot_id, '-') AS lot_id,
        MAX(award.decided_at) AS decided_at,
        MAX(award.registered_at) AS registered_at,
        SUM(award.amount) AS amount,
        MIN(award.currency) AS currency,
        COUNT(DISTINCT award.currency) AS currencies,
        COUNT(*) - COUNT(award.party_id) AS without_winner,
        COUNT(*) AS awards
    FROM award
    LEFT JOIN tender_lot ON award.lot_id IS NULL AND award.tender_id = tender_lot.tender_id
    WHERE award.tender_id IS NOT NULL
    GROUP BY
        award.tender_id,
        COALESCE(award.lot_id, tender_lot.lot_id, '-')
),

awarded AS (
    SELECT DISTINCT tender_id
    FROM award
    WHERE tender_id IS NOT NULL
),

bid_of_lot AS (
    SELECT
        bid.tender_id,
        COALESCE(bid.lot_id, tender_lot.lot_id, '-') AS lot_id,
        COUNT(*) AS bids
    FROM bid
    LEFT JOIN tender_lot ON bid.lot_id IS NULL AND bid.tender_id = tender_lot.tender_id
    GROUP BY
        bid.tender_id,
        COALESCE(bid.lot_id, tender_lot.lot_id, '-')
)

SELECT
    'tender' AS context_type,
    known.tender_id AS context_id,
    COALESCE(tender_lot.lot_id, '-') AS lot_id,
    award_of_lot.decided_at,
    award_of_lot.registered_at,
    CASE WHEN award_of_lot.currencies <= 1 THEN award_of_lot.amount END AS amount,
    CASE WHEN award_of_lot.currencies <= 1 THEN award_of_lot.currency END AS currency,
    tender.buyer_unit AS org_unit_id,
    COALESCE(
        tender.status IN ('cancelled', 'unsuccessful', 'withdrawn')
        OR (tender.status = 'complete' AND awarded.tender_id IS NOT NULL AND award_of_lot.awards IS NULL),
        FALSE
    ) AS is_called_off,
    award_of_lot.awards IS NOT NULL
    OR COALESCE(tender.status = 'complete', FALSE) AS is_decided,
    award_of_lot.awards IS NOT NULL AND award_of_lot.without_winner = 0 AS is_winner_known,
    COALESCE(tender.method NOT IN ('direct', 'emergency'), TRUE) AS is_competitive,
    COALESCE(bid_of_lot.bids, 0) AS bids,
    CAST(NULL AS VARCHAR) AS contract_id,
    known.tender_id,
    CAST(NULL AS VARCHAR) AS award_lot_id
FROM known
LEFT JOIN tender ON known.tender_id = tender.tender_id
LEFT JOIN tender_lot ON known.tender_id = tender_lot.tender_id
LEFT JOIN awarded ON known.tender_id = awarded.tender_id
LEFT JOIN bid_of_lot
    ON known.tender_id = bid_of_lot.tender_id AND COALESCE(tender_lot.lot_id, '-') = bid_of_lot.lot_id
LEFT JOIN award_of_lot
    ON known.tender_id = award_of_lot.tender_id AND COALESCE(tender_lot.lot_id, '-') = award_of_lot.lot_id
UNION ALL
SELECT
    'contract' AS context_type,
    contract.contract_id AS context_id,
    '-' AS lot_id,
    NULL AS decided_at,
    NULL AS registered_at,
    contract.amount,
    contract.currency,
    tender.buyer_unit AS org_unit_id,
    FALSE AS is_called_off,
    TRUE AS is_decided,
    contract.party_id IS NOT NULL AS is_winner_known,
    FALSE AS is_competitive,
    0 AS bids,
    contract.contract_id,
    award.tender_id,
    award.lot_id AS award_lot_id
FROM contract
LEFT JOIN award ON contract.award_id = award.award_id
LEFT JOIN tender ON award.tender_id = tender.tender_id
UNION ALL
SELECT
    'po' AS context_type,
    purchase_order.po_id AS context_id,
    '-' AS lot_id,
    NULL AS decided_at,
    NULL AS registered_at,
    purchase_order.amount,
    purchase_order.currency,
    NULL AS org_unit_id,
    COALESCE(purchase_order.deleted, FALSE) AS is_called_off,
    TRUE AS is_decided,
    purchase_order.party_id IS NOT NULL AS is_winner_known,
    FALSE AS is_competitive,
    0 AS bids,
    purchase_order.contract_id,
    award.tender_id,
    award.lot_id AS award_lot_id
FROM purchase_order
LEFT JOIN contract ON purchase_order.contract_id = contract.contract_id
LEFT JOIN award ON contract.award_id = award.award_id
