-- GFT-04 No cash and no cash equivalent is accepted, whatever its value and whoever gives it.
SELECT
    gift_id,
    person_id,
    giver_party_id AS party_id,
    COALESCE(giver_name, giver_party_id, 'a giver not recorded') AS giver_name,
    event_on AS event_date,
    value_base AS amount,
    $reporting_currency AS currency,
    category,
    CASE
        WHEN NOT accepted THEN 'NOT_APPLICABLE'
        WHEN accepted IS NULL THEN 'NOT_TESTED:disposition_missing'
        WHEN category IN ('cash', 'cash_equiv') THEN 'EXCEPTION'
        WHEN REGEXP_MATCHES(LOWER(description), $cash_words) THEN 'REVIEW:description_names_cash'
        WHEN category IS NULL THEN 'NOT_TESTED:category_missing'
        ELSE 'PASS'
    END AS result
FROM gift_in_period
ORDER BY gift_id
