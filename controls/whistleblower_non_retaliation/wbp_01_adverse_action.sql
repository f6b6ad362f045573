-- WBP-01 No adverse personnel action on a protected person is decided while the protection runs.
WITH found AS (
    SELECT
        protected_id,
        episode_start,
        COUNT(*) FILTER (WHERE verdict = 'counts') AS actions_n,
        MIN(action_day) FILTER (WHERE verdict = 'counts') AS first_day,
        MIN(adverse_tier) FILTER (WHERE verdict = 'counts') AS worst_tier,
        MIN(reason) FILTER (WHERE verdict = 'unclear') AS unclear,
        STRING_AGG(words, '
' ORDER BY action_day, action_id) AS evidence
    FROM episode_action
    WHERE adverse_tier IS NULL OR LIST_CONTAINS($tiers, adverse_tier)
    GROUP BY protected_id, episode_start
)

SELECT
    episode.protected_id,
    episode.episode_start,
    episode.person_id,
    episode.cases,
    episode.episode_end,
    found.first_day AS event_date,
    found.actions_n,
    found.worst_tier,
    found.evidence,
    CASE found.worst_tier WHEN 'T1' THEN 'high' ELSE 'medium' END AS severity,
    CASE
        WHEN episode.standing IS NOT NULL THEN episode.standing
        WHEN found.first_day IS NOT NULL THEN 'EXCEPTION'
        WHEN found.unclear IS NOT NULL THEN 'REVIEW:' || found.unclear
        ELSE 'PASS'
    END AS result
FROM protection_episode AS episode
LEFT JOIN found ON episode.protected_id = found.protected_id AND episode.episode_start = found.episode_start
ORDER BY episode.protected_id, episode.episode_start
