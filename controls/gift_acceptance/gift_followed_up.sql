-- The population of GFT-07: the gifts of the quarter, and the earlier ones whose $proceeding_days had not all passed
-- at the previous cut-off. A proceeding that began only after that is seen now; otherwise nobody would ever see it.
SELECT
    gift_in_period.gift_id,
    gift_in_period.late_arriving,
    FALSE AS is_carried
FROM gift_in_period
UNION ALL
SELECT
    gift_base.gift_id,
    FALSE AS late_arriving,
    TRUE AS is_carried
FROM gift_base
WHERE
    gift_base.event_on < $period_start
    AND (gift_base.registered_at IS NULL OR gift_base.registered_at < $previous_cut_off)
    AND DATE_DIFF('day', gift_base.event_on, $previous_cut_off) <= $proceeding_days
