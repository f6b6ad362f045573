-- Cases closed in the quarter by outcome.
SELECT
    outcome AS category,
    COUNT(*) AS numerator,
    CAST(SUM(COUNT(*)) OVER () AS BIGINT) AS denominator
FROM case_closed
GROUP BY outcome
