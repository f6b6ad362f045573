-- Reports of the quarter by category.
SELECT
    category,
    COUNT(*) AS numerator,
    CAST(SUM(COUNT(*)) OVER () AS BIGINT) AS denominator
FROM report_in_quarter
GROUP BY category
