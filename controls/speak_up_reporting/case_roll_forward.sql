-- Cases open at the start and at the end of the quarter, with what came and went between; the status tells the end.
SELECT
    COUNT(*) FILTER (WHERE opened_at < $period_start AND (closed_at IS NULL OR closed_at >= $period_start)) AS opening,
    COUNT(*) FILTER (WHERE opened_at >= $period_start AND opened_at < $period_end) AS opened,
    COUNT(*) FILTER (
        WHERE closed_at >= $period_start AND closed_at < $period_end AND status <> 'merged'
    ) AS closed,
    COUNT(*) FILTER (
        WHERE closed_at >= $period_start AND closed_at < $period_end AND status = 'merged'
    ) AS merged,
    COUNT(*) FILTER (
        WHERE opened_at < $period_end AND (closed_at >= $period_end OR status IN ('open', 'suspended'))
    ) AS closing
FROM case_file
