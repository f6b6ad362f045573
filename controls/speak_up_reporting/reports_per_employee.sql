-- Reports of the quarter, and the employments on its last day.
WITH reports AS (
    SELECT COUNT(*) AS received
    FROM report_in_quarter
),

staff AS (
    SELECT COUNT(*) AS employed
    FROM employee
    WHERE
        employment_type NOT IN ('contractor', 'board')
        AND hire_date < $period_end
        AND (exit_date IS NULL OR exit_date + 1 >= $period_end)
)

SELECT
    reports.received AS numerator,
    staff.employed AS denominator
FROM reports
CROSS JOIN staff
