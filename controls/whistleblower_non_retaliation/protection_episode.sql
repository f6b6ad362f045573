-- The population: every protected person, with each episode of protection that runs in the quarter or became known
-- in it.
WITH episode AS (
    SELECT
        protected_id,
        person_id,
        episode_start,
        NULLIF(MAX(COALESCE(end_day, DATE '9999-12-31')), DATE '9999-12-31') AS episode_end,
        MIN(known_on) AS known_on,
        STRING_AGG(DISTINCT case_id, ', ' ORDER BY case_id) AS cases
    FROM protection_spell
    GROUP BY protected_id, person_id, episode_start
),

employed AS (
    SELECT DISTINCT
        episode.protected_id,
        episode.episode_start
    FROM episode
    INNER JOIN employee ON episode.person_id = employee.person_id
    WHERE
        (employee.exit_date IS NULL OR employee.exit_date >= episode.episode_start)
        AND (episode.episode_end IS NULL OR employee.hire_date IS NULL OR employee.hire_date <= episode.episode_end)
),

item AS (
    SELECT
        episode.protected_id,
        episode.episode_start,
        episode.episode_end,
        episode.person_id,
        episode.cases,
        episode.known_on,
        CASE WHEN employed.protected_id IS NULL THEN 'NOT_APPLICABLE:not_an_employee' END AS standing
    FROM episode
    LEFT JOIN employed
        ON episode.protected_id = employed.protected_id AND episode.episode_start = employed.episode_start
    UNION ALL
    SELECT
        protected_id,
        start_day AS episode_start,
        MAX(end_day) AS episode_end,
        person_id,
        STRING_AGG(DISTINCT case_id, ', ' ORDER BY case_id) AS cases,
        MIN(known_on) AS known_on,
        MIN(standing) AS standing
    FROM protected_person
    WHERE standing IS NOT NULL
    GROUP BY protected_id, person_id, start_day
)

SELECT
    protected_id,
    episode_start,
    COALESCE(episode_start < $period_start AND known_on >= $previous_cut_off, FALSE) AS late_arriving,
    episode_end,
    person_id,
    cases,
    standing
FROM item
WHERE
    episode_start IS NULL
    OR episode_end IS NULL
    OR episode_end >= $period_start
    OR known_on >= $previous_cut_off
