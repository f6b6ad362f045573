-- How far the pay of an employment lies from its category: the externally studentised residual of the logarithm of
-- pay (Cook and Weisberg 1982), with one mean per category and the category's own spread, the employment left out.
WITH logged AS (
    SELECT
        employee_id,
        category,
        LN(CAST(pay AS DOUBLE)) AS log_pay,
        COUNT(*) OVER (PARTITION BY category) AS n,
        AVG(LN(CAST(pay AS DOUBLE))) OVER (PARTITION BY category) AS middle
    FROM employment_pay
    WHERE scope IS NULL AND problem IS NULL AND NOT is_uncategorised
),

spread AS (
    SELECT
        employee_id,
        n,
        log_pay - middle AS deviation,
        SUM((log_pay - middle) * (log_pay - middle)) OVER (PARTITION BY category) AS squares
    FROM logged
),

left_out AS (
    SELECT
        employee_id,
        n,
        deviation,
        (squares - deviation * deviation * n / NULLIF(n - 1, 0)) / NULLIF(n - 2, 0) * (n - 1) / n AS variance
    FROM spread
)

SELECT
    employee_id,
    -- where everybody else earns the same there is no spread to measure by: 99 stands for any distance
    CAST(
        ROUND(
            CASE
                WHEN ABS(deviation) < 0.0000001 THEN 0
                WHEN variance < 0.00000000000001 THEN SIGN(deviation) * 99
                ELSE GREATEST(LEAST(deviation / SQRT(variance), 99), -99)
            END,
            4
        ) AS DECIMAL(9, 4)
    ) AS residual
FROM left_out
WHERE n >= $min_residual_n
