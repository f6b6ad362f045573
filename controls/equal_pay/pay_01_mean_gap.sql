-- PAY-01 In every category of work of equal value the mean pay of women and men differs by less than the trigger.
SELECT
    category,
    last_day AS event_date,
    women_n,
    men_n,
    women_mean,
    men_mean,
    CAST(SIGN(mean_gap) * FLOOR(ABS(mean_gap) * 100) / 100 AS DECIMAL(9, 2)) AS gap,
    gap_amount AS amount,
    $reporting_currency AS currency,
    CONCAT_WS(
        '; ',
        'category by ' || basis,
        CAST(unmeasured_n AS VARCHAR) || ' of ' || CAST(members_n AS VARCHAR) || ' members not measured',
        CASE WHEN has_unequal_weeks THEN 'full-time weeks of different length' END,
        left_out
    ) AS evidence,
    CASE
        WHEN standing IS NOT NULL THEN standing
        WHEN ABS(men_sum * women_n - women_sum * men_n) * 100 >= $gap_trigger * men_sum * women_n THEN 'EXCEPTION'
        WHEN unmeasured_n * 100 > $max_unmeasured_pct * members_n THEN 'NOT_TESTED:' || first_problem
        WHEN has_unequal_weeks THEN 'REVIEW:full_time_hours_differ'
        ELSE 'PASS'
    END AS result
FROM pay_category
ORDER BY category
