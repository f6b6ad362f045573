-- Cases closed in the quarter with an outcome: those substantiated in whole or in part, and all.
SELECT
    COUNT(*) FILTER (WHERE outcome IN ('substantiated', 'partly')) AS numerator,
    COUNT(*) AS denominator
FROM case_closed
WHERE outcome IS NOT NULL
