-- WBP-02 Nobody tied to the subject of the report asks for, recommends or decides an adverse action on the protected.
WITH action AS (
    SELECT
        protected_id,
        episode_start,
        action_id,
        action_day,
        verdict,
        CASE WHEN verdict = 'unclear' THEN reason END AS unclear,
        CASE WHEN initiated_by IS NULL OR decided_by IS NULL THEN action_id END AS without_actor
    FROM episode_action
    WHERE verdict <> 'explained' AND (adverse_tier IS NULL OR LIST_CONTAINS($tiers, adverse_tier))
),

found AS (
    SELECT
        protected_id,
        episode_start,
        MIN(action_id) AS first_action,
        MIN(without_actor) AS without_actor,
        -- without any day nobody can say who stood in whose line
        MIN(action_id) FILTER (WHERE action_day IS NULL) AS undated
    FROM action
    GROUP BY protected_id, episode_start
),

tied AS (
    SELECT
        action.protected_id,
        action.episode_start,
        MIN(action.action_day) FILTER (WHERE action.verdict = 'counts') AS first_day,
        MIN(action.unclear) AS unclear,
        STRING_AGG(tie.words, '
' ORDER BY tie.words) AS evidence
    FROM action
    INNER JOIN episode_tie AS tie
        ON
            action.protected_id = tie.protected_id
            AND action.episode_start = tie.episode_start
            AND action.action_id = tie.action_id
    WHERE tie.levels <= $max_levels OR tie.degree <= $max_degree
    GROUP BY action.protected_id, action.episode_start
),

subject AS (
    SELECT
        spell.protected_id,
        spell.episode_start,
        COUNT(DISTINCT case_person.person_id) AS subjects_n
    FROM protection_spell AS spell
    INNER JOIN case_person ON spell.case_id = case_person.case_id
    WHERE case_person.role = 'subject' AND case_person.person_id <> spell.person_id
    GROUP BY spell.protected_id, spell.episode_start
)

SELECT
    episode.protected_id,
    episode.episode_start,
    episode.person_id,
    episode.cases,
    COALESCE(subject.subjects_n, 0) AS subjects_n,
    tied.first_day AS event_date,
    tied.evidence,
    CASE
        WHEN episode.standing IS NOT NULL THEN episode.standing
        WHEN found.first_action IS NULL THEN 'NOT_APPLICABLE:no_adverse_action'
        WHEN tied.first_day IS NOT NULL THEN 'EXCEPTION'
        WHEN tied.unclear IS NOT NULL THEN 'REVIEW:' || tied.unclear
        WHEN subject.protected_id IS NULL THEN 'NOT_TESTED:subject_missing'
        WHEN found.without_actor IS NOT NULL THEN 'NOT_TESTED:actor_missing'
        WHEN found.undated IS NOT NULL THEN 'REVIEW:undated'
        ELSE 'PASS'
    END AS result
FROM protection_episode AS episode
LEFT JOIN found ON episode.protected_id = found.protected_id AND episode.episode_start = found.episode_start
LEFT JOIN tied ON episode.protected_id = tied.protected_id AND episode.episode_start = tied.episode_start
LEFT JOIN subject ON episode.protected_id = subject.protected_id AND episode.episode_start = subject.episode_start
ORDER BY episode.protected_id, episode.episode_start
