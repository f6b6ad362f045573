-- GFT-03 What one person accepts from one giver group stays within the aggregate limit of the window.
SELECT
    gift.gift_id,
    gift.person_id,
    gift.giver_party_id AS party_id,
    COALESCE(gift.giver_name, gift.giver_party_id, 'a giver not recorded') AS giver_name,
    gift.event_on AS event_date,
    gift.value_base AS amount,
    $reporting_currency AS currency,
    CASE WHEN gift_total.gift_id IS NOT NULL THEN COALESCE(gift_total.window_certain, 0) END AS window_value,
    CASE WHEN gift_total.gift_id IS NOT NULL THEN COALESCE(gift_total.window_possible, 0) END
        AS window_value_possible,
    IN_FORCE($aggregate_limit, gift.event_on) AS aggregate_limit,
    gift_total.gifts AS evidence,
    CASE
        WHEN NOT gift.accepted THEN 'NOT_APPLICABLE'
        WHEN gift.accepted IS NULL THEN 'NOT_TESTED:disposition_missing'
        WHEN gift.person_id IS NULL THEN 'NOT_TESTED:recipient_missing'
        WHEN gift.event_on IS NULL THEN 'NOT_TESTED:receipt_date_missing'
        WHEN NOT gift_scope.counts THEN 'NOT_APPLICABLE:outside_limits'
        WHEN gift_scope.counts AND gift_total.window_certain > IN_FORCE($aggregate_limit, gift.event_on)
            THEN 'EXCEPTION'
        WHEN gift.value_problem IS NOT NULL THEN 'NOT_TESTED:' || gift.value_problem
        WHEN gift_total.window_possible > IN_FORCE($aggregate_limit, gift.event_on) THEN 'REVIEW:total_open'
        WHEN gift_total.window_unvalued > 0 THEN 'REVIEW:other_gift_unvalued'
        ELSE 'PASS'
    END AS result
FROM gift_in_period AS gift
LEFT JOIN gift_scope
    ON gift.gift_id = gift_scope.gift_id
LEFT JOIN gift_total
    ON gift.gift_id = gift_total.gift_id
ORDER BY gift.gift_id
