-- The parties to every tender and lot, contract and purchase order: who won, who only bid.
-- The order's or the contract's party counts as the winner. Every member of a winning consortium is a winner. Whoever
-- submitted a bid is a bidder, also if it was withdrawn or disqualified: influence can be the exclusion of a rival.
-- An invitation without a bid is none.
WITH award_part AS (
    SELECT DISTINCT
        award.tender_id,
        COALESCE(award.lot_id, tender_lot.lot_id, '-') AS lot_id,
        award.party_id
    FROM award
    LEFT JOIN tender_lot ON award.lot_id IS NULL AND award.tender_id = tender_lot.tender_id
    WHERE award.tender_id IS NOT NULL AND award.party_id IS NOT NULL
),

bid_part AS (
    SELECT DISTINCT
        bid.tender_id,
        COALESCE(bid.lot_id, tender_lot.lot_id, '-') AS lot_id,
        bid.party_id,
        bid.consortium_id
    FROM bid
    LEFT JOIN tender_lot ON bid.lot_id IS NULL AND bid.tender_id = tender_lot.tender_id
    WHERE bid.party_id IS NOT NULL AND bid.status IS DISTINCT FROM 'invited'
),

winner AS (
    SELECT
        tender_id,
        lot_id,
        party_id
    FROM award_part
    UNION
    SELECT
        member.tender_id,
        member.lot_id,
        member.party_id
    FROM award_part
    INNER JOIN bid_part AS member
        ON
            award_part.tender_id = member.tender_id
            AND award_part.lot_id = member.lot_id
            AND award_part.party_id = member.consortium_id
    UNION
    SELECT
        member.tender_id,
        member.lot_id,
        member.party_id
    FROM award_part
    INNER JOIN bid_part AS leader
        ON
            award_part.tender_id = leader.tender_id
            AND award_part.lot_id = leader.lot_id
            AND award_part.party_id = leader.party_id
    INNER JOIN bid_part AS member
        ON
            leader.tender_id = member.tender_id
            AND leader.lot_id = member.lot_id
            AND leader.consortium_id = member.consortium_id
)

SELECT
    'tender' AS context_type,
    tender_id AS context_id,
    lot_id,
    party_id,
    TRUE AS is_winner
FROM winner
UNION ALL
SELECT DISTINCT
    'tender' AS context_type,
    bid_part.tender_id AS context_id,
    bid_part.lot_id,
    bid_part.party_id,
    FALSE AS is_winner
FROM bid_part
LEFT JOIN winner
    ON
        bid_part.tender_id = winner.tender_id
        AND bid_part.lot_id = winner.lot_id
        AND bid_part.party_id = winner.party_id
WHERE winner.party_id IS NULL
UNION ALL
SELECT
    'contract' AS context_type,
    contract_id AS context_id,
    '-' AS lot_id,
    party_id,
    TRUE AS is_winner
FROM contract
WHERE party_id IS NOT NULL
UNION ALL
SELECT
    'po' AS context_type,
    po_id AS context_id,
    '-' AS lot_id,
    party_id,
    TRUE AS is_winner
FROM purchase_order
WHERE party_id IS NOT NULL
