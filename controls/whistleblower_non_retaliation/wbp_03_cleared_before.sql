-- WBP-03 Every action of the first tier on a protected person was cleared by the independent function beforehand.
-- Part of a programme or not, asked for before the report or not: that is what the clearance is there to establish.
WITH action AS (
    SELECT
        protected_id,
        episode_start,
        action_id,
        action_day,
        CASE
            WHEN adverse_tier IS NULL THEN 'tier_missing'
            WHEN action_day IS NULL THEN 'undated'
            WHEN cleared_on < action_day THEN 'cleared'
            WHEN days_after = 0 AND $same_day_policy = 'pass' THEN 'before_protection'
            WHEN days_after = 0 AND $same_day_policy <> 'exception' THEN 'same_day'
            WHEN reason = 'decision_date_missing' THEN reason
            WHEN cleared_on = action_day AND $same_day_policy = 'pass' THEN 'cleared'
            WHEN cleared_on = action_day AND $same_day_policy <> 'exception' THEN 'cleared_same_day'
            ELSE 'not_cleared'
        END AS clearance,
        words || COALESCE('; cleared ' || CAST(cleared_on AS VARCHAR), '; no clearance recorded') AS words
    FROM episode_action
    WHERE NOT is_consented AND (adverse_tier IS NULL OR adverse_tier = 'T1')
),

found AS (
    SELECT
        protected_id,
        episode_start,
        MIN(action_id) FILTER (WHERE clearance <> 'before_protection') AS first_action,
        MIN(action_day) FILTER (WHERE clearance = 'not_cleared') AS first_day,
        MIN(clearance) FILTER (
            WHERE clearance NOT IN ('cleared', 'not_cleared', 'before_protection')
        ) AS unclear,
        STRING_AGG(words, '
' ORDER BY action_day, action_id) AS evidence
    FROM action
    GROUP BY protected_id, episode_start
)

SELECT
    episode.protected_id,
    episode.episode_start,
    episode.person_id,
    episode.cases,
    found.first_day AS event_date,
    found.evidence,
    CASE
        WHEN episode.standing IS NOT NULL THEN episode.standing
        WHEN found.first_action IS NULL THEN 'NOT_APPLICABLE:no_first_tier_action'
        WHEN found.first_day IS NOT NULL THEN 'EXCEPTION'
        WHEN found.unclear IS NOT NULL THEN 'REVIEW:' || found.unclear
        ELSE 'PASS'
    END AS result
FROM protection_episode AS episode
LEFT JOIN found ON episode.protected_id = found.protected_id AND episode.episode_start = found.episode_start
ORDER BY episode.protected_id, episode.episode_start
