-- For the board: what became of the benefits of the quarter, in numbers and value, without a name.
WITH entry AS (
    SELECT
        value_base,
        accepted,
        is_given,
        CASE
            WHEN is_given THEN '5 Given to others'
            WHEN accepted THEN '1 Accepted'
            WHEN disposition = 'declined' THEN '3 Declined'
            WHEN disposition IS NULL THEN '4 Not recorded'
            ELSE '2 Handed over: surrendered, returned or donated'
        END AS outcome
    FROM gift_in_period
),

outcome (outcome) AS (
    SELECT '1 Accepted'
    UNION ALL
    SELECT '2 Handed over: surrendered, returned or donated'
    UNION ALL
    SELECT '3 Declined'
    UNION ALL
    SELECT '4 Not recorded'
    UNION ALL
    SELECT '5 Given to others'
)

SELECT
    SUBSTRING(outcome.outcome, 3) AS outcome,
    COUNT(entry.outcome) AS gifts,
    COUNT(entry.outcome) FILTER (WHERE entry.value_base IS NULL) AS gifts_without_value,
    SUM(entry.value_base) AS total_value
FROM outcome
LEFT JOIN entry
    ON outcome.outcome = entry.outcome
GROUP BY outcome.outcome
ORDER BY outcome.outcome
