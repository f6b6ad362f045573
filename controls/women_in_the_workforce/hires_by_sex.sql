-- Employments that began in the quarter: those of women, and all.
SELECT
    COUNT(*) FILTER (WHERE person.sex = 'F') AS numerator,
    COUNT(*) AS denominator
FROM employee
LEFT JOIN person ON employee.person_id = person.person_id
WHERE
    employee.hire_date >= $period_start AND employee.hire_date < $period_end
    AND employee.employment_type NOT IN ('contractor', 'board')
