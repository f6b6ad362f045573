-- Every substantive act of whoever has a recusal on record, and how it lies to that recusal:
-- covered (the recusal was in force, entered in the system or by email), minutes (in force, but only in minutes),
-- same_day (same day, and one of the two has no time), unknown (one of the two has no date), open (before the recusal,
-- at the same moment, or after the return). precedes_recusal: at least one recusal came at or after the act.
WITH laid AS (
    SELECT
        recusal_of_item.context_type,
        recusal_of_item.context_id,
        recusal_of_item.lot_id,
        recusal_of_item.person_id,
        act.action_ref,
        act.action,
        act.acted_at,
        recusal_of_item.recorded_in,
        recusal_of_item.recused_at,
        CASE
            WHEN recusal_of_item.recused_at IS NULL OR act.acted_at IS NULL THEN 'unknown'
            WHEN
                CAST(recusal_of_item.recused_at AS DATE) = CAST(act.acted_at AS DATE)
                AND (
                    recusal_of_item.recused_at = DATE_TRUNC('day', recusal_of_item.recused_at)
                    OR act.acted_at = DATE_TRUNC('day', act.acted_at)
                )
                THEN 'same_day'
            WHEN recusal_of_item.recused_at >= act.acted_at THEN 'before'
            WHEN recusal_of_item.ended_at IS NULL THEN 'during'
            WHEN
                CAST(recusal_of_item.ended_at AS DATE) = CAST(act.acted_at AS DATE)
                AND (
                    recusal_of_item.ended_at = DATE_TRUNC('day', recusal_of_item.ended_at)
                    OR act.acted_at = DATE_TRUNC('day', act.acted_at)
                )
                THEN 'same_day'
            WHEN recusal_of_item.ended_at <= act.acted_at THEN 'after_return'
            ELSE 'during'
        END AS position
    FROM recusal_of_item
    INNER JOIN participation_action AS act
        ON
            recusal_of_item.context_type = act.context_type
            AND recusal_of_item.context_id = act.context_id
            AND recusal_of_item.lot_id = act.lot_id
            AND recusal_of_item.person_id = act.person_id
    WHERE act.is_flagged OR NOT LIST_CONTAINS($administrative_actions, act.action)
)

SELECT
    context_type,
    context_id,
    lot_id,
    person_id,
    action_ref,
    action,
    acted_at,
    CASE
        WHEN COUNT(*) FILTER (WHERE position = 'during' AND recorded_in IN ('system', 'email')) > 0 THEN 'covered'
        WHEN COUNT(*) FILTER (WHERE position = 'during') > 0 THEN 'minutes'
        WHEN COUNT(*) FILTER (WHERE position = 'same_day') > 0 THEN 'same_day'
        WHEN COUNT(*) FILTER (WHERE position = 'unknown') > 0 THEN 'unknown'
        ELSE 'open'
    END AS coverage,
    COUNT(*) FILTER (WHERE position = 'before') > 0 AS precedes_recusal
FROM laid
GROUP BY
    context_type,
    context_id,
    lot_id,
    person_id,
    action_ref,
    action,
    acted_at
