-- The board's second table: the adjusted gap of the three nested models, in percent; gap and p-value cut as in PAY-06.
SELECT
    place,
    CASE model
        WHEN 'raw' THEN 'Raw: no adjustment'
        WHEN 'category' THEN 'Same category of work'
        ELSE 'Same ' || pay_adjustment.facts
    END AS model,
    n_group AS women_n,
    n_other AS men_n,
    CAST(SIGN(relative_gap) * FLOOR(ABS(relative_gap) * 10000) / 100 AS DECIMAL(9, 2)) AS gap,
    CAST(relative_low * 100 AS DECIMAL(9, 2)) AS gap_low,
    CAST(relative_high * 100 AS DECIMAL(9, 2)) AS gap_high,
    CAST(FLOOR(p_value * 10000) / 10000 AS DECIMAL(9, 4)) AS p_value,
    CASE status WHEN 'estimated' THEN '' ELSE 'not estimated: ' || REPLACE(reason, '_', ' ') END AS remark
FROM adjusted_pay_gap
CROSS JOIN pay_adjustment
ORDER BY place
