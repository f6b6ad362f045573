-- The median number of days since opening, on the last day of the quarter, of the cases then open.
SELECT
    ROUND(MEDIAN(DATE_DIFF('day', CAST(opened_at AS DATE), $period_end) - 1), 0) AS value,
    COUNT(*) AS denominator
FROM case_file
WHERE opened_at < $period_end AND (closed_at >= $period_end OR status IN ('open', 'suspended'))
