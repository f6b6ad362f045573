-- Cases the law asks to pass on, opened before the end of the quarter and not closed before its start.
SELECT
    COUNT(*) FILTER (WHERE external_referral_at < $period_end) AS numerator,
    COUNT(*) AS denominator
FROM case_file
WHERE reportable AND opened_at < $period_end AND (closed_at IS NULL OR closed_at >= $period_start)
