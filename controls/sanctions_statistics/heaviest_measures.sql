-- Measures of the first tier that were decided in the quarter, and the employments on its last day.
WITH measures AS (
    SELECT COUNT(*) AS decided
    FROM hr_action
    WHERE adverse_tier = 'T1' AND decision_date >= $period_start AND decision_date < $period_end
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
    measures.decided AS numerator,
    staff.employed AS denominator
FROM measures
CROSS JOIN staff
