-- The population: every employment that is active on the last day of the quarter, with its pay for full time.
--
-- scope says why an employment is left out of the comparison, problem why its pay cannot be measured; both are reasons
-- that are counted, never rows that are dropped. Pay is what full time would earn in a year (base pay / fte): hourly
-- pay times a constant, as long as a full-time week is equally long throughout a category.
WITH settings AS (
    SELECT
        CAST($period_end - INTERVAL 1 DAY AS DATE) AS last_day,
        (SELECT COUNT(currency) FROM pay_contract_hist) AS currencies
),

active AS (
    SELECT
        employee.employee_id,
        employee.person_id,
        employee.employment_type,
        employee.hire_date,
        settings.last_day,
        settings.currencies
    FROM employee
    CROSS JOIN settings
    WHERE
        (employee.hire_date IS NULL OR employee.hire_date <= settings.last_day)
        AND (employee.exit_date IS NULL OR employee.exit_date >= settings.last_day)
),

assigned AS (
    SELECT
        employee_id,
        COUNT(*) AS entries,
        MIN(org_unit_id) AS org_unit_id,
        MIN(grade_id) AS grade_id,
        MIN(COALESCE(job_value_group, grade_id || ' x ' || job_family || ' (proxy)')) AS category,
        MIN(CASE WHEN job_value_group IS NULL THEN 1 ELSE 0 END) = 1 AS is_proxy,
        MIN(location) AS location,
        MIN(fte) AS fte,
        MIN(weekly_hours) AS weekly_hours
    FROM assignment_hist
    WHERE valid_from < $period_end AND (valid_to IS NULL OR valid_to >= $period_end)
    GROUP BY employee_id
),

contracted AS (
    SELECT
        employee_id,
        COUNT(*) AS entries,
        MIN(base_annual) AS base_annual,
        MIN(currency) AS currency,
        MIN(CAST(protected_pay AS INTEGER)) = 1 AS is_protected
    FROM pay_contract_hist
    WHERE valid_from < $period_end AND (valid_to IS NULL OR valid_to >= $period_end)
    GROUP BY employee_id
),

away AS (
    SELECT
        employee_id,
        'leave' AS register,
        GREATEST(started_on, $period_start) AS away_from,
        LEAST(COALESCE(CAST(ended_on + INTERVAL 1 DAY AS DATE), $period_end), $period_end) AS away_to
    FROM leave
    WHERE NOT paid
    UNION ALL
    SELECT
        employee_id,
        'assignment' AS register,
        GREATEST(valid_from, $period_start) AS away_from,
        LEAST(COALESCE(valid_to, $period_end), $period_end) AS away_to
    FROM assignment_hist
    WHERE status = 'leave_unpaid'
),

unpaid AS (
    SELECT
        employee_id,
        MAX(days) AS days
    FROM (
        SELECT
            employee_id,
            register,
            SUM(GREATEST(DATE_DIFF('day', away_from, away_to), 0)) AS days
        FROM away
        GROUP BY employee_id, register
    ) AS counted
    GROUP BY employee_id
),

described AS (
    SELECT
        active.employee_id,
        active.person_id,
        person.sex,
        active.last_day,
        active.hire_date,
        assigned.org_unit_id,
        assigned.grade_id,
        assigned.category,
        assigned.is_proxy,
        assigned.location,
        assigned.fte,
        assigned.weekly_hours,
        contracted.base_annual,
        -- a register without any currency holds the reporting currency; one cell without it among others does not
        CASE WHEN active.currencies = 0 THEN $reporting_currency ELSE contracted.currency END AS currency,
        contracted.is_protected,
        CASE
            WHEN active.employment_type IN ('intern', 'board') THEN active.employment_type
            WHEN active.employment_type IN ('contractor', 'secondee') AND contracted.employee_id IS NULL
                THEN active.employment_type || '_without_pay'
            WHEN unpaid.days * 100 > $max_unpaid_leave_pct * DATE_DIFF('day', $period_start, $period_end)
                THEN 'unpaid_leave'
        END AS scope,
        CASE
            WHEN assigned.employee_id IS NULL THEN 'assignment_missing'
            WHEN assigned.entries > 1 THEN 'assignment_overlap'
            WHEN contracted.base_annual IS NULL THEN 'pay_missing'
            WHEN contracted.entries > 1 THEN 'pay_overlap'
            WHEN contracted.base_annual <= 0 THEN 'pay_not_positive'
            WHEN assigned.fte IS NULL THEN 'fte_missing'
            WHEN assigned.fte <= 0 THEN 'fte_zero'
        END AS base_problem
    FROM active
    LEFT JOIN person ON active.person_id = person.person_id
    LEFT JOIN assigned ON active.employee_id = assigned.employee_id
    LEFT JOIN contracted ON active.employee_id = contracted.employee_id
    LEFT JOIN unpaid ON active.employee_id = unpaid.employee_id
),

measured AS (
    SELECT
        described.employee_id,
        COALESCE(
            described.base_problem,
            CASE
                WHEN $pay_measure = 'total'
                    THEN CASE
                        WHEN total.employee_id IS NULL THEN 'payroll_missing'
                        WHEN total.full_time_pay IS NULL THEN total.problem
                        WHEN total.full_time_pay <= 0 THEN 'pay_not_positive'
                    END
                WHEN $pay_measure <> 'base' THEN 'pay_measure_unknown'
                WHEN described.currency IS NULL THEN 'currency_missing'
                WHEN described.currency <> $reporting_currency AND rate.rate IS NULL THEN 'fx_missing'
            END
        ) AS problem,
        CASE
            WHEN $pay_measure = 'total' THEN total.full_time_pay
            ELSE CAST(
                ROUND(
                    described.base_annual / NULLIF(described.fte, 0)
                    * CASE WHEN described.currency = $reporting_currency THEN 1 ELSE rate.rate END,
                    2
                ) AS DECIMAL(18, 2)
            )
        END AS pay
    FROM described
    LEFT JOIN pay_total AS total ON described.employee_id = total.employee_id
    LEFT JOIN pay_rate AS rate ON described.currency = rate.currency
)

SELECT
    described.employee_id,
    described.person_id,
    described.sex,
    described.last_day,
    described.org_unit_id,
    described.grade_id,
    COALESCE(described.category, 'no category') AS category,
    described.category IS NULL AS is_uncategorised,
    COALESCE(described.is_proxy, FALSE) AS is_proxy,
    COALESCE(described.location, 'not recorded') AS location,
    DATE_DIFF('day', described.hire_date, described.last_day) AS service_days,
    described.fte,
    CAST(ROUND(described.weekly_hours / NULLIF(described.fte, 0), 1) AS DECIMAL(9, 1)) AS full_time_hours,
    described.base_annual,
    described.currency,
    described.is_protected,
    described.scope,
    described.base_problem,
    measured.problem,
    CASE WHEN measured.problem IS NULL THEN measured.pay END AS pay
FROM described
INNER JOIN measured ON described.employee_id = measured.employee_id
