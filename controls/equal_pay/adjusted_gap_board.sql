-- The board's second table: the adjusted gap of the three nested models, in percent.
SELECT
    place,
    CASE model
        WHEN 'raw' THEN 'Raw: no adjustment'
        WHEN 'category' THEN 'Same category of work'
        ELSE 'Same category, length of service and location'
    END AS model,
    n_group AS women_n,
    n_other AS men_n,
    CAST(relative_gap * 100 AS DECIMAL(9, 2)) AS gap,
    CAST(relative_low * 100 AS DECIMAL(9, 2)) AS gap_low,
    CAST(relative_high * 100 AS DECIMAL(9, 2)) AS gap_high,
    CAST(p_value AS DECIMAL(9, 4)) AS p_value,
    CASE status WHEN 'estimated' THEN '' ELSE 'not estimated: ' || REPLACE(reason, '_', ' ') END AS remark
FROM adjusted_pay_gap
ORDER BY place
