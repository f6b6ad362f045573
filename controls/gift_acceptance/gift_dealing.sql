-- When a party did business with us: bids, awards, contracts, orders, invoices. NULL ended_on: still open.
-- A tender is open from its publication until its last award; a tender without award is closed only if its status says
-- so, and then at the end of evaluation or, failing that, of bidding. Withdrawn and disqualified bidders were bidders.
-- What has no first day on file counts as begun long ago. ended_on is the last day.
WITH awarded AS (
    SELECT
        tender_id,
        MAX(decided_at) AS decided_at
    FROM award
    GROUP BY tender_id
),

tender_open AS (
    SELECT
        tender.tender_id,
        tender.published_at,
        COALESCE(
            awarded.decided_at,
            CASE
                WHEN tender.status IN ('complete', 'cancelled', 'unsuccessful', 'withdrawn')
                    THEN COALESCE(tender.evaluation_end, tender.bid_deadline)
            END
        ) AS closed_at
    FROM tender
    LEFT JOIN awarded
        ON tender.tender_id = awarded.tender_id
),

bidder AS (
    SELECT
        tender_id,
        party_id,
        submitted_at AS known_at
    FROM bid
    UNION ALL
    SELECT
        tender_id,
        party_id,
        decided_at AS known_at
    FROM award
)

SELECT
    bidder.party_id,
    'tender' AS context_type,
    bidder.tender_id AS context_id,
    CAST(COALESCE(tender_open.published_at, MIN(bidder.known_at)) AS DATE) AS began_on,
    CAST(tender_open.closed_at AS DATE) AS ended_on
FROM bidder
LEFT JOIN tender_open
    ON bidder.tender_id = tender_open.tender_id
WHERE bidder.tender_id IS NOT NULL
GROUP BY
    bidder.party_id,
    bidder.tender_id,
    tender_open.published_at,
    tender_open.closed_at
UNION ALL
SELECT
    party_id,
    'contract' AS context_type,
    contract_id AS context_id,
    CAST(COALESCE(signed_at, started_on) AS DATE) AS began_on,
    ended_on
FROM contract
UNION ALL
SELECT
    party_id,
    'po' AS context_type,
    po_id AS context_id,
    CAST(created_at AS DATE) AS began_on,
    CAST(created_at AS DATE) AS ended_on
FROM purchase_order
WHERE NOT COALESCE(deleted, FALSE)
UNION ALL
SELECT
    party_id,
    'invoice' AS context_type,
    invoice_id AS context_id,
    CAST(posted_at AS DATE) AS began_on,
    CAST(posted_at AS DATE) AS ended_on
FROM invoice
