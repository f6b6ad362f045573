-- Reports of the quarter by channel.
SELECT
    channel AS category,
    COUNT(*) AS numerator,
    CAST(SUM(COUNT(*)) OVER () AS BIGINT) AS denominator
FROM report_in_quarter
GROUP BY channel
