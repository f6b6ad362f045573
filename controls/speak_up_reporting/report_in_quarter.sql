-- Reports of the quarter: received in it, or earlier and entered since the last cut-off; all entered before its own.
SELECT
    report_id,
    channel,
    category,
    reporter_kind,
    received_at,
    acknowledged_at
FROM wb_report
WHERE
    received_at < $period_end
    AND COALESCE(logged_at, received_at) < $cut_off
    AND (received_at >= $period_start OR COALESCE(logged_at, received_at) >= $previous_cut_off)
