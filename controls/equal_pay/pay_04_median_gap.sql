-- PAY-04 Mean gap and median gap of a category agree, so that no single salary drives the mean.
-- Figures are cut, not rounded, as in PAY-01: one gap reads the same in both.
SELECT
    category,
    last_day AS event_date,
    women_n,
    men_n,
    women_median,
    men_median,
    CAST(SIGN(mean_gap) * FLOOR(ABS(mean_gap) * 100) / 100 AS DECIMAL(9, 2)) AS gap_of_means,
    CAST(SIGN(median_gap) * FLOOR(ABS(median_gap) * 100) / 100 AS DECIMAL(9, 2)) AS gap_of_medians,
    CONCAT_WS(
        '; ',
        'category by ' || basis,
        CAST(unmeasured_n AS VARCHAR) || ' of ' || CAST(members_n AS VARCHAR) || ' members not measured',
        left_out
    ) AS evidence,
    CASE
        WHEN standing IS NOT NULL THEN standing
        WHEN ABS(mean_gap - median_gap) > $max_mean_median_difference THEN 'EXCEPTION'
        WHEN unmeasured_n * 100 > $max_unmeasured_pct * members_n THEN 'NOT_TESTED:' || first_problem
        ELSE 'PASS'
    END AS result
FROM pay_category
ORDER BY category
