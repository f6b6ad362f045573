-- Total pay of the last twelve months per employment, for a full-time year; read only where total pay is compared.
--
-- A payroll line belongs to the months in which it was earned, not to the day it was paid: back pay of an earlier year
-- stays out, a yearly bonus counts once. Overtime is left out: without paid hours it would measure hours, not pay.
WITH paid AS (
    SELECT
        employee_id,
        currency,
        SUM(amount) AS amount
    FROM payroll_line
    WHERE
        $pay_measure = 'total'
        AND element_class IN ('base', 'fixed_allowance', 'variable', 'one_off', 'back_pay', 'in_kind')
        AND COALESCE(earn_to, pay_date) >= CAST($period_end - INTERVAL 12 MONTH AS DATE)
        AND COALESCE(earn_to, pay_date) < $period_end
    GROUP BY employee_id, currency
),

converted AS (
    SELECT
        paid.employee_id,
        SUM(CASE WHEN paid.currency = $reporting_currency THEN paid.amount ELSE paid.amount * rate.rate END) AS amount,
        COUNT(*) FILTER (WHERE COALESCE(paid.currency, '') <> $reporting_currency AND rate.rate IS NULL) AS unconverted
    FROM paid
    LEFT JOIN pay_rate AS rate ON paid.currency = rate.currency
    GROUP BY paid.employee_id
),

worked AS (
    SELECT
        employee_id,
        SUM(
            fte * GREATEST(
                DATE_DIFF(
                    'day',
                    GREATEST(valid_from, CAST($period_end - INTERVAL 12 MONTH AS DATE)),
                    LEAST(COALESCE(valid_to, $period_end), $period_end)
                ),
                0
            )
        ) AS full_time_days
    FROM assignment_hist
    WHERE $pay_measure = 'total' AND COALESCE(status, 'active') <> 'leave_unpaid'
    GROUP BY employee_id
)

SELECT
    converted.employee_id,
    CASE WHEN converted.unconverted > 0 THEN 'fx_missing' ELSE 'service_missing' END AS problem,
    CASE
        WHEN converted.unconverted = 0
            THEN CAST(
                ROUND(
                    converted.amount / NULLIF(worked.full_time_days, 0)
                    * DATE_DIFF('day', CAST($period_end - INTERVAL 12 MONTH AS DATE), $period_end),
                    2
                ) AS DECIMAL(18, 2)
            )
    END AS full_time_pay
FROM converted
LEFT JOIN worked ON converted.employee_id = worked.employee_id
