-- Employments in a grade of the senior band on the last day of the quarter: those of women, and all.
SELECT
    COUNT(DISTINCT employee.employee_id) FILTER (WHERE person.sex = 'F') AS numerator,
    COUNT(DISTINCT employee.employee_id) AS denominator
FROM employee
INNER JOIN assignment_hist AS assigned ON employee.employee_id = assigned.employee_id
INNER JOIN grade ON assigned.grade_id = grade.grade_id
LEFT JOIN person ON employee.person_id = person.person_id
WHERE
    grade.band = $senior_band
    AND employee.hire_date < $period_end
    AND (employee.exit_date IS NULL OR employee.exit_date + 1 >= $period_end)
    AND (assigned.valid_from IS NULL OR assigned.valid_from < $period_end)
    AND (assigned.valid_to IS NULL OR assigned.valid_to >= $period_end)
    AND (grade.valid_from IS NULL OR grade.valid_from < $period_end)
    AND (grade.valid_to IS NULL OR grade.valid_to >= $period_end)
