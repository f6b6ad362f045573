-- The board's table: one row per category in which women and men are compared.
-- Figures are cut, not rounded, to two decimals: 4.999 % never reads 5.00 % beside a "no".
SELECT
    ROW_NUMBER() OVER (ORDER BY ABS(mean_gap) DESC, category) AS place,
    category,
    basis,
    women_n,
    men_n,
    unmeasured_n,
    CAST(SIGN(mean_gap) * FLOOR(ABS(mean_gap) * 100) / 100 AS DECIMAL(9, 2)) AS mean_gap,
    CAST(SIGN(median_gap) * FLOOR(ABS(median_gap) * 100) / 100 AS DECIMAL(9, 2)) AS median_gap,
    CASE
        WHEN ABS(men_sum * women_n - women_sum * men_n) * 100 >= $gap_trigger * men_sum * women_n
            THEN CASE WHEN mean_gap > 0 THEN 'yes, women lower' ELSE 'yes, men lower' END
        ELSE 'no'
    END AS at_trigger,
    CASE
        WHEN ABS(men_sum * women_n - women_sum * men_n) * 100 >= $gap_trigger * men_sum * women_n
            THEN 'to be justified'
        ELSE ''
    END AS justification
FROM pay_category
WHERE standing IS NULL
ORDER BY place
