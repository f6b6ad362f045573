-- Who stood above whom, up to four levels, and on which days: half-open, both ends of a chain intersected.
-- From the manager recorded with each assignment; whoever stands above the manager on the same days follows from that.
-- An assignment without a first day holds from ever (NULL).
WITH RECURSIVE step AS (
    SELECT DISTINCT
        employee.person_id,
        superior.person_id AS superior_person_id,
        assignment_hist.valid_from,
        assignment_hist.valid_to
    FROM assignment_hist
    INNER JOIN employee ON assignment_hist.employee_id = employee.employee_id
    INNER JOIN employee AS superior ON assignment_hist.manager_employee_id = superior.employee_id
    WHERE employee.person_id <> superior.person_id
),

line AS (
    SELECT
        person_id,
        superior_person_id,
        1 AS levels,
        '|' || person_id || '|' || superior_person_id || '|' AS trail,
        valid_from,
        valid_to
    FROM step
    UNION ALL
    SELECT
        line.person_id,
        step.superior_person_id,
        line.levels + 1 AS levels,
        line.trail || step.superior_person_id || '|' AS trail,
        GREATEST(line.valid_from, step.valid_from) AS valid_from,
        LEAST(line.valid_to, step.valid_to) AS valid_to
    FROM line
    INNER JOIN step
        ON
            line.superior_person_id = step.person_id
            AND (line.valid_to IS NULL OR step.valid_from IS NULL OR line.valid_to > step.valid_from)
            AND (step.valid_to IS NULL OR line.valid_from IS NULL OR line.valid_from < step.valid_to)
    WHERE
        line.levels < 4
        AND NOT CONTAINS(line.trail, '|' || step.superior_person_id || '|')
)

SELECT DISTINCT
    person_id,
    superior_person_id,
    levels,
    valid_from,
    valid_to
FROM line
