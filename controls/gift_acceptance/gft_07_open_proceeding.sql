-- GFT-07 Nobody accepts a gift from a party near a proceeding of that party's group in which he or she takes part.
SELECT
    population.gift_id,
    population.is_carried,
    gift.person_id,
    gift.giver_party_id AS party_id,
    COALESCE(gift.giver_name, gift.giver_party_id, 'a giver not recorded') AS giver_name,
    gift.event_on AS event_date,
    gift.value_base AS amount,
    $reporting_currency AS currency,
    gift_proceeding.days_to_giver,
    CASE
        WHEN gift_proceeding.days_to_giver IS NOT NULL
            THEN gift_proceeding.days_to_giver || ' days from a proceeding of the giver with the recipient in it'
        WHEN NOT gift.giver_in_master AND gift_proceeding.days_to_anybody IS NOT NULL
            THEN
                'giver not mapped, ' || gift_proceeding.days_to_anybody || ' days from a proceeding of the recipient'
        ELSE 'no proceeding of the giver with the recipient in it is known'
    END AS finding,
    gift_proceeding.proceedings AS evidence,
    CASE
        WHEN NOT gift.accepted THEN 'NOT_APPLICABLE'
        WHEN population.is_carried AND gift_proceeding.was_near_giver THEN 'NOT_APPLICABLE:tested_before'
        WHEN gift.accepted AND gift_proceeding.days_to_giver <= $proceeding_days
            THEN CASE
                WHEN gift.category = 'conference' THEN 'REVIEW:widely_attended'
                WHEN gift_exempt.is_exempt THEN 'REVIEW:exempt_near_proceeding'
                ELSE 'EXCEPTION'
            END
        WHEN
            population.is_carried
            AND (gift.giver_in_master OR gift_proceeding.was_near_anybody OR gift.accepted IS NULL)
            THEN 'NOT_APPLICABLE:tested_before'
        WHEN gift.accepted IS NULL THEN 'NOT_TESTED:disposition_missing'
        WHEN NOT gift.giver_in_master AND gift_proceeding.days_to_anybody <= $proceeding_days
            THEN 'REVIEW:giver_unmapped'
        WHEN population.is_carried THEN 'NOT_APPLICABLE:tested_before'
        WHEN gift.person_id IS NULL THEN 'NOT_TESTED:recipient_missing'
        WHEN gift.event_on IS NULL THEN 'NOT_TESTED:receipt_date_missing'
        ELSE 'PASS'
    END AS result
FROM gift_followed_up AS population
LEFT JOIN gift_base AS gift
    ON population.gift_id = gift.gift_id
LEFT JOIN gift_proceeding
    ON population.gift_id = gift_proceeding.gift_id
LEFT JOIN gift_exempt
    ON population.gift_id = gift_exempt.gift_id
ORDER BY population.gift_id
