-- What ties whoever asked for, recommended or decided an action to a subject of the report: the same person, a place in
-- the subject's reporting line on the day of that step, kinship, or a shared household. Without thresholds.
-- Of a subject who has left, the line of the last day counts. What has no first day on file holds from ever.
WITH actor AS (
    SELECT
        protected_id,
        episode_start,
        action_id,
        'asked for by' AS part,
        initiated_by AS employee_id,
        COALESCE(initiated_date, action_day) AS on_day
    FROM episode_action
    UNION ALL
    SELECT
        protected_id,
        episode_start,
        action_id,
        'recommended by' AS part,
        recommended_by AS employee_id,
        COALESCE(initiated_date, action_day) AS on_day
    FROM episode_action
    UNION ALL
    SELECT
        protected_id,
        episode_start,
        action_id,
        'decided by' AS part,
        decided_by AS employee_id,
        action_day AS on_day
    FROM episode_action
),

departed AS (
    SELECT
        employee.person_id,
        MAX(assignment_hist.valid_to) AS left_on
    FROM employee
    INNER JOIN assignment_hist ON employee.employee_id = assignment_hist.employee_id
    GROUP BY employee.person_id
    HAVING COUNT(*) = COUNT(assignment_hist.valid_to)
),

pair AS (
    SELECT DISTINCT
        actor.protected_id,
        actor.episode_start,
        actor.action_id,
        actor.part,
        actor.on_day,
        CASE
            WHEN departed.left_on <= actor.on_day THEN CAST(departed.left_on - INTERVAL 1 DAY AS DATE)
            ELSE actor.on_day
        END AS line_day,
        actor.employee_id,
        employee.person_id,
        subject.person_id AS subject_person_id
    FROM actor
    INNER JOIN employee ON actor.employee_id = employee.employee_id
    INNER JOIN protection_spell AS spell
        ON actor.protected_id = spell.protected_id AND actor.episode_start = spell.episode_start
    INNER JOIN case_person AS subject ON spell.case_id = subject.case_id
    LEFT JOIN departed ON subject.person_id = departed.person_id
    WHERE subject.role = 'subject' AND subject.person_id <> spell.person_id
),

tie AS (
    SELECT
        protected_id,
        episode_start,
        action_id,
        part,
        employee_id,
        subject_person_id,
        'the subject of the report' AS tie,
        0 AS levels,
        CAST(NULL AS INTEGER) AS degree
    FROM pair
    WHERE person_id = subject_person_id
    UNION ALL
    SELECT
        pair.protected_id,
        pair.episode_start,
        pair.action_id,
        pair.part,
        pair.employee_id,
        pair.subject_person_id,
        'above the subject by levels: ' || CAST(line.levels AS VARCHAR) AS tie,
        line.levels,
        NULL AS degree
    FROM pair
    INNER JOIN reporting_line AS line
        ON pair.subject_person_id = line.person_id AND pair.person_id = line.superior_person_id
    WHERE
        (line.valid_from IS NULL OR line.valid_from <= pair.line_day)
        AND (line.valid_to IS NULL OR pair.line_day < line.valid_to)
    UNION ALL
    SELECT
        pair.protected_id,
        pair.episode_start,
        pair.action_id,
        pair.part,
        pair.employee_id,
        pair.subject_person_id,
        'below the subject by levels: ' || CAST(line.levels AS VARCHAR) AS tie,
        line.levels,
        NULL AS degree
    FROM pair
    INNER JOIN reporting_line AS line
        ON pair.person_id = line.person_id AND pair.subject_person_id = line.superior_person_id
    WHERE
        (line.valid_from IS NULL OR line.valid_from <= pair.line_day)
        AND (line.valid_to IS NULL OR pair.line_day < line.valid_to)
    UNION ALL
    SELECT
        pair.protected_id,
        pair.episode_start,
        pair.action_id,
        pair.part,
        pair.employee_id,
        pair.subject_person_id,
        'related to the subject: ' || kinship.path AS tie,
        NULL AS levels,
        kinship.degree
    FROM pair
    INNER JOIN kinship
        ON pair.person_id = kinship.person_id_a AND pair.subject_person_id = kinship.person_id_b
    WHERE
        (kinship.valid_from IS NULL OR kinship.valid_from <= pair.on_day)
        AND (kinship.valid_to IS NULL OR pair.on_day < kinship.valid_to)
    UNION ALL
    SELECT
        pair.protected_id,
        pair.episode_start,
        pair.action_id,
        pair.part,
        pair.employee_id,
        pair.subject_person_id,
        'of the subject''s household' AS tie,
        NULL AS levels,
        1 AS degree
    FROM pair
    INNER JOIN relationship
        ON
            relationship.base_relation = 'household'
            AND (
                (pair.person_id = relationship.person_id_a AND pair.subject_person_id = relationship.person_id_b)
                OR (pair.person_id = relationship.person_id_b AND pair.subject_person_id = relationship.person_id_a)
            )
    WHERE
        (relationship.valid_from IS NULL OR relationship.valid_from <= pair.on_day)
        AND (relationship.valid_to IS NULL OR pair.on_day < relationship.valid_to)
)

SELECT DISTINCT
    protected_id,
    episode_start,
    action_id,
    subject_person_id,
    levels,
    degree,
    action_id || ' ' || part || ' ' || employee_id || ', ' || tie || ' (' || subject_person_id || ')' AS words
FROM tie
