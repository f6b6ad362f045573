-- WBP-06 No adverse action of any tier, threats included, falls into the first days after the report.
WITH found AS (
    SELECT
        protected_id,
        episode_start,
        COUNT(*) FILTER (WHERE verdict = 'counts') AS actions_n,
        MIN(action_day) FILTER (WHERE verdict = 'counts') AS first_day,
        MIN(days_after) FILTER (WHERE verdict = 'counts') AS days_after,
        MIN(reason) FILTER (WHERE verdict = 'unclear') AS unclear,
        STRING_AGG(words, '
' ORDER BY action_day, action_id) AS evidence
    FROM episode_action
    WHERE days_after IS NULL OR days_after <= $heightened_days
    GROUP BY protected_id, episode_start
)

SELECT
    episode.protected_id,
    episode.episode_start,
    episode.person_id,
    episode.cases,
    found.first_day AS event_date,
    found.actions_n,
    found.days_after,
    found.evidence,
    CASE
        WHEN episode.standing IS NOT NULL THEN episode.standing
        WHEN found.first_day IS NOT NULL THEN 'EXCEPTION'
        WHEN found.unclear IS NOT NULL THEN 'REVIEW:' || found.unclear
        ELSE 'PASS'
    END AS result
FROM protection_episode AS episode
LEFT JOIN found ON episode.protected_id = found.protected_id AND episode.episode_start = found.episode_start
ORDER BY episode.protected_id, episode.episode_start
