-- Employments whose last day lies in the quarter: those ended by dismissal, and all.
SELECT
    COUNT(*) FILTER (WHERE exit_reason = 'dismissal') AS numerator,
    COUNT(*) AS denominator
FROM employee
WHERE exit_date >= $period_start AND exit_date < $period_end AND employment_type NOT IN ('contractor', 'board')
