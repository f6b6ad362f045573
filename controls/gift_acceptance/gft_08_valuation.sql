-- GFT-08 Every benefit that was received carries a value above zero, and says what the value rests on.
WITH judged AS (
    SELECT
        gift_id,
        CASE
            WHEN value IS NULL THEN 'no amount is recorded'
            WHEN value <= 0 THEN 'the recorded value is not above zero'
            WHEN value_basis = 'none' THEN 'the value rests on nothing'
            WHEN currency IS NULL THEN 'the currency is not recorded'
            WHEN value_basis IS NULL AND register_states_basis THEN 'what the value rests on is not recorded'
        END AS finding
    FROM gift_in_period
)

SELECT
    gift.gift_id,
    gift.person_id,
    gift.giver_party_id AS party_id,
    gift.event_on AS event_date,
    gift.value AS amount,
    gift.currency,
    gift.value_basis,
    COALESCE(judged.finding, 'the value is recorded') AS finding,
    CASE
        WHEN gift.is_given THEN 'NOT_APPLICABLE'
        WHEN gift.disposition = 'declined' THEN 'NOT_APPLICABLE:declined'
        WHEN judged.finding = 'the currency is not recorded' THEN 'NOT_TESTED:currency_missing'
        WHEN judged.finding = 'what the value rests on is not recorded' THEN 'REVIEW:basis_missing'
        WHEN judged.finding IS NOT NULL THEN 'EXCEPTION'
        ELSE 'PASS'
    END AS result
FROM gift_in_period AS gift
LEFT JOIN judged
    ON gift.gift_id = judged.gift_id
ORDER BY gift.gift_id
