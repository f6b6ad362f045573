-- Reports of the quarter by kind of reporting person.
SELECT
    reporter_kind AS category,
    COUNT(*) AS numerator,
    CAST(SUM(COUNT(*)) OVER () AS BIGINT) AS denominator
FROM report_in_quarter
GROUP BY reporter_kind
