-- GFT-05 Every gift, accepted or not, is entered in the register within the working days allowed.
SELECT
    gift.gift_id,
    gift.person_id,
    gift.giver_party_id AS party_id,
    gift.event_on AS event_date,
    gift.value_base AS amount,
    $reporting_currency AS currency,
    gift_registration.registered_on,
    gift_registration.working_days,
    gift_registration.days_away,
    CASE
        WHEN gift_registration.is_registered_first THEN 'before the receipt'
        ELSE COALESCE(CAST(gift_registration.working_days AS VARCHAR) || ' working days', 'delay cannot be counted')
    END AS delay,
    CASE WHEN gift_registration.is_serious THEN 'medium' ELSE 'low' END AS severity,
    CASE
        WHEN gift.is_given THEN 'NOT_APPLICABLE'
        WHEN gift.registered_at IS NULL THEN 'NOT_TESTED:registration_date_missing'
        WHEN gift.event_on IS NULL THEN 'NOT_TESTED:receipt_date_missing'
        WHEN
            gift_registration.is_registered_first
            AND gift.category IN ('meal', 'entertainment', 'travel', 'training', 'conference')
            THEN 'PASS'
        WHEN gift_registration.is_registered_first THEN 'REVIEW:registered_before_receipt'
        WHEN gift_registration.working_days IS NULL THEN 'NOT_TESTED:outside_calendar'
        WHEN gift_registration.working_days > $registration_working_days THEN 'EXCEPTION'
        ELSE 'PASS'
    END AS result
FROM gift_in_period AS gift
LEFT JOIN gift_registration
    ON gift.gift_id = gift_registration.gift_id
ORDER BY gift.gift_id
