-- The rate of each currency on the last day of the quarter, if it is not older than allowed.
SELECT
    currency,
    rate
FROM fx_as_of
WHERE
    valid_from < $period_end
    AND (valid_to IS NULL OR valid_to >= $period_end)
    AND valid_from >= CAST($period_end - INTERVAL 1 DAY AS DATE) - CAST($fx_max_age_days AS INTEGER)
