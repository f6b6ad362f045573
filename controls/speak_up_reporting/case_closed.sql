-- Cases closed in the quarter, other than by merging them with another.
SELECT
    case_id,
    opened_at,
    closed_at,
    outcome
FROM case_file
WHERE closed_at >= $period_start AND closed_at < $period_end AND status <> 'merged'
