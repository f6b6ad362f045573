-- REC-05 Every committee member states interests for this tender before the bids are opened.
SELECT
    tender_id,
    person_id,
    COALESCE(roles, 'role not recorded') AS roles,
    org_unit_id,
    event_date,
    amount,
    currency,
    due_before AS due,
    CASE
        WHEN statements = 0 THEN 'no statement'
        ELSE COALESCE(
            'a statement of ' || REPLACE(STRFTIME(stated_at, '%Y-%m-%d %H:%M'), ' 00:00', ''), 'an undated statement'
        )
    END AS statement_given,
    CASE
        WHEN stating_roles = 0 AND unknown_roles = 0 THEN 'NOT_APPLICABLE:role'
        WHEN left_before_opening THEN 'NOT_APPLICABLE:left_before_opening'
        WHEN statements = 0 AND stating_roles = 0 THEN 'NOT_TESTED:role_missing'
        WHEN statements = 0 THEN 'EXCEPTION'
        WHEN due_before IS NULL THEN 'NOT_TESTED:opening_missing'
        WHEN
            CAST(stated_at + $statement_lead_days * INTERVAL 1 DAY AS DATE) = CAST(due_before AS DATE)
            AND (stated_at = DATE_TRUNC('day', stated_at) OR due_before = DATE_TRUNC('day', due_before))
            THEN CASE $same_day_policy
                WHEN 'pass' THEN 'PASS'
                WHEN 'exception' THEN 'EXCEPTION'
                ELSE 'REVIEW:same_day'
            END
        WHEN stated_at + $statement_lead_days * INTERVAL 1 DAY < due_before THEN 'PASS'
        WHEN undated_statements > 0 THEN 'NOT_TESTED:statement_time_missing'
        WHEN stating_roles = 0 THEN 'NOT_TESTED:role_missing'
        ELSE 'EXCEPTION'
    END AS result
FROM committee_membership
ORDER BY
    tender_id,
    person_id
