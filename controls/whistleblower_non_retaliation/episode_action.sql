-- Every adverse personnel action on a protected person in an episode that this quarter owns, and how it stands.
--
-- The day of an action is the day of its decision; without one the day it took effect, or the day it was asked for: a
-- threat or an attempt counts as well. An action is owned by the quarter of that day; one before the quarter is owned
-- by it if no report known at the last cut-off covered that day. verdict: counts; unclear (the data cannot decide);
-- explained (asked for before the report, part of a programme that hit many people alike, or wanted by the person).
WITH mass AS (
    SELECT
        mass_action_id,
        COALESCE(reason_code, '') AS reason_code,
        COALESCE(decision_date, effective_date) AS decided_on
    FROM hr_action
    WHERE mass_action_id IS NOT NULL
    GROUP BY mass_action_id, COALESCE(reason_code, ''), COALESCE(decision_date, effective_date)
    HAVING COUNT(DISTINCT employee_id) >= $mass_action_min
),

met AS (
    SELECT
        spell.protected_id,
        spell.episode_start,
        hr_action.action_id,
        MIN(
            CASE
                WHEN
                    spell.start_day <= COALESCE(
                        hr_action.decision_date, hr_action.effective_date, hr_action.initiated_date
                    )
                    AND (
                        spell.end_day IS NULL
                        OR spell.end_day >= COALESCE(
                            hr_action.decision_date, hr_action.effective_date, hr_action.initiated_date
                        )
                    )
                    THEN spell.known_on
            END
        ) AS covered_known_on
    FROM protection_spell AS spell
    INNER JOIN employee ON spell.person_id = employee.person_id
    INNER JOIN hr_action ON employee.employee_id = hr_action.employee_id
    WHERE COALESCE(hr_action.adverse_tier, '') <> 'none'
    GROUP BY spell.protected_id, spell.episode_start, hr_action.action_id
),

dated AS (
    SELECT
        met.protected_id,
        met.episode_start,
        met.action_id,
        hr_action.employee_id,
        hr_action.action_type,
        hr_action.adverse_tier,
        hr_action.decision_date,
        hr_action.initiated_date,
        hr_action.initiated_by,
        hr_action.recommended_by,
        hr_action.decided_by,
        hr_action.consented,
        hr_action.non_retaliation_clearance_date AS cleared_on,
        mass.mass_action_id,
        met.covered_known_on,
        COALESCE(hr_action.decision_date, hr_action.effective_date, hr_action.initiated_date) AS action_day
    FROM met
    INNER JOIN hr_action ON met.action_id = hr_action.action_id
    LEFT JOIN mass
        ON
            hr_action.mass_action_id = mass.mass_action_id
            AND COALESCE(hr_action.reason_code, '') = mass.reason_code
            AND COALESCE(hr_action.decision_date, hr_action.effective_date) = mass.decided_on
),

judged AS (
    SELECT
        protected_id,
        episode_start,
        action_id,
        employee_id,
        action_type,
        adverse_tier,
        action_day,
        DATE_DIFF('day', episode_start, action_day) AS days_after,
        initiated_date,
        initiated_by,
        recommended_by,
        decided_by,
        cleared_on,
        COALESCE(consented, FALSE) AS is_consented,
        CASE
            WHEN consented THEN 'consented'
            WHEN mass_action_id IS NOT NULL THEN 'mass_action'
            WHEN initiated_date < episode_start THEN 'initiated_before'
            WHEN adverse_tier IS NULL THEN 'tier_missing'
            WHEN action_day IS NULL THEN 'undated'
            WHEN action_day = episode_start OR initiated_date = episode_start THEN 'same_day'
            WHEN decision_date IS NULL AND initiated_date IS NULL THEN 'decision_date_missing'
        END AS reason
    FROM dated
    WHERE
        action_day IS NULL
        OR (
            action_day < $period_end
            AND covered_known_on IS NOT NULL
            AND (action_day >= $period_start OR covered_known_on >= $previous_cut_off)
        )
)

SELECT
    protected_id,
    episode_start,
    action_id,
    employee_id,
    adverse_tier,
    action_day,
    days_after,
    initiated_date,
    initiated_by,
    recommended_by,
    decided_by,
    cleared_on,
    is_consented,
    reason,
    CASE
        WHEN reason IS NULL OR (reason = 'same_day' AND $same_day_policy = 'exception') THEN 'counts'
        WHEN reason IN ('consented', 'mass_action', 'initiated_before') THEN 'explained'
        WHEN reason = 'same_day' AND $same_day_policy = 'pass' THEN 'explained'
        ELSE 'unclear'
    END AS verdict,
    CONCAT(
        COALESCE(CAST(action_day AS VARCHAR), 'no date'), '  ', COALESCE(adverse_tier, 'tier not recorded'), '  ',
        action_type, '  (', action_id, '), asked for ', COALESCE(CAST(initiated_date AS VARCHAR), 'on an unknown day'),
        ' by ', COALESCE(initiated_by, 'nobody recorded'), ', decided by ', COALESCE(decided_by, 'nobody recorded'),
        COALESCE('; ' || REPLACE(reason, '_', ' '), '')
    ) AS words
FROM judged
