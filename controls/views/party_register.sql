-- Whether anybody stands behind a party as far as the registers show: an owner, director, manager or representative
-- recorded for some day of the quarter. Without one, no tie of anybody to it can be seen, which is not the same as
-- none.
WITH recorded AS (
    SELECT DISTINCT party_id
    FROM party_ownership
    WHERE
        (valid_from IS NULL OR valid_from < $period_end)
        AND (valid_to IS NULL OR valid_to > $period_start)
)

SELECT
    party.party_id,
    party.legal_name,
    COALESCE(party.is_listed, FALSE) OR recorded.party_id IS NOT NULL AS is_owner_known
FROM party
LEFT JOIN recorded ON party.party_id = recorded.party_id
