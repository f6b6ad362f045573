-- The pay range of each grade on the last day of the quarter. Overlapping rows (a failed reliability check) show none.
SELECT
    grade_id,
    CASE WHEN COUNT(*) = 1 THEN MIN(pay_min) END AS pay_min,
    CASE WHEN COUNT(*) = 1 THEN MIN(pay_max) END AS pay_max,
    MIN(currency) AS currency
FROM grade
WHERE valid_from < $period_end AND (valid_to IS NULL OR valid_to >= $period_end)
GROUP BY grade_id
