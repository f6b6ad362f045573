-- The median number of days from opening to closing, of the cases closed in the quarter.
SELECT
    ROUND(MEDIAN(DATE_DIFF('day', CAST(opened_at AS DATE), CAST(closed_at AS DATE))), 0) AS value,
    COUNT(*) AS denominator
FROM case_closed
