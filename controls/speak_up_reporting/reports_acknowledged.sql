-- Reports of the quarter whose receipt was acknowledged within the days allowed, and all of them.
SELECT
    COUNT(*) FILTER (WHERE CAST(acknowledged_at AS DATE) <= CAST(received_at AS DATE) + $acknowledge_days) AS numerator,
    COUNT(*) AS denominator
FROM report_in_quarter
