-- Who approved a gift, when, and whether that person could: not the recipient, not somebody who shared in it, not
-- somebody whose line of managers on the day of the approval leads to the recipient.
-- A gift is accepted when the register says so, else on its receipt: keeping it aside while the approval is pending is
-- seen only in a register that records the acceptance. Two managers who report to each other end the walk upwards.
WITH RECURSIVE approved AS (
    SELECT
        gift_base.gift_id,
        gift_base.person_id,
        gift_base.beneficiary_person_id,
        gift_base.giver_key,
        gift_base.event_on,
        gift_base.context_ref,
        gift_base.approved_by AS approver_id,
        CAST(COALESCE(gift_base.approved_at, gift_base.event_on) AS DATE) AS approved_on
    FROM gift_base
    WHERE gift_base.approved_by IS NOT NULL
),

employment AS (
    SELECT
        approved.gift_id,
        approved.approved_on,
        assignment_hist.employee_id
    FROM approved
    INNER JOIN employee
        ON approved.approver_id = employee.person_id
    INNER JOIN assignment_hist
        ON employee.employee_id = assignment_hist.employee_id
    WHERE
        (assignment_hist.valid_from IS NULL OR assignment_hist.valid_from <= approved.approved_on)
        AND (assignment_hist.valid_to IS NULL OR approved.approved_on < assignment_hist.valid_to)
),

line_of_managers (gift_id, approved_on, employee_id) AS (
    SELECT
        gift_id,
        approved_on,
        employee_id
    FROM employment
    UNION
    SELECT
        line_of_managers.gift_id,
        line_of_managers.approved_on,
        assignment_hist.manager_employee_id AS employee_id
    FROM line_of_managers
    INNER JOIN assignment_hist
        ON line_of_managers.employee_id = assignment_hist.employee_id
    WHERE
        assignment_hist.manager_employee_id IS NOT NULL
        AND (assignment_hist.valid_from IS NULL OR assignment_hist.valid_from <= line_of_managers.approved_on)
        AND (assignment_hist.valid_to IS NULL OR line_of_managers.approved_on < assignment_hist.valid_to)
),

subordinate AS (
    SELECT DISTINCT approved.gift_id
    FROM approved
    INNER JOIN line_of_managers
        ON approved.gift_id = line_of_managers.gift_id
    INNER JOIN employee
        ON
            line_of_managers.employee_id = employee.employee_id
            AND approved.person_id = employee.person_id
),

co_recipient AS (
    SELECT DISTINCT approved.gift_id
    FROM approved
    INNER JOIN gift_base AS other
        ON approved.approver_id = other.person_id
    WHERE
        other.accepted
        AND other.giver_key = approved.giver_key
        AND (other.event_on = approved.event_on OR other.context_ref = approved.context_ref)
),

mandate AS (
    SELECT
        approved.gift_id,
        COUNT(*) FILTER (WHERE delegation.delegator_id = approved.person_id) > 0 AS is_from_recipient,
        COUNT(*) FILTER (WHERE delegation.delegator_id <> approved.person_id) > 0 AS is_from_others
    FROM approved
    INNER JOIN delegation
        ON
            approved.approver_id = delegation.delegate_id
            AND approved.approved_on >= delegation.valid_from
            AND (delegation.valid_to IS NULL OR approved.approved_on < delegation.valid_to)
            AND (delegation.scope IS NULL OR REGEXP_MATCHES(LOWER(delegation.scope), 'gift|all|\*'))
    GROUP BY approved.gift_id
),

moment AS (
    SELECT
        gift_id,
        approved_at,
        COALESCE(accepted_at, CAST(received_at AS TIMESTAMP)) AS accepted_at
    FROM gift_base
)

SELECT
    gift_base.gift_id,
    approved.approver_id,
    CASE
        WHEN approved.approver_id = approved.person_id THEN 'the recipient'
        WHEN approved.approver_id = approved.beneficiary_person_id THEN 'the beneficiary'
        WHEN co_recipient.gift_id IS NOT NULL THEN 'a co-recipient'
        WHEN subordinate.gift_id IS NOT NULL AND NOT COALESCE(mandate.is_from_others, FALSE)
            THEN 'a subordinate of the recipient'
    END AS conflict,
    subordinate.gift_id IS NOT NULL OR COALESCE(mandate.is_from_recipient, FALSE) AS is_mandate_decisive,
    EXISTS (SELECT 1 FROM assignment_hist)
    AND approved.gift_id NOT IN (SELECT employment.gift_id FROM employment) AS is_unknown,
    CAST(moment.accepted_at AS DATE) AS accepted_on,
    CASE
        WHEN moment.approved_at IS NULL THEN 'undated'
        WHEN moment.accepted_at IS NULL THEN 'acceptance undated'
        WHEN CAST(moment.approved_at AS DATE) < CAST(moment.accepted_at AS DATE) THEN 'before'
        WHEN CAST(moment.approved_at AS DATE) > CAST(moment.accepted_at AS DATE) THEN 'after'
        WHEN
            CAST(moment.approved_at AS DATE) = moment.approved_at
            OR CAST(moment.accepted_at AS DATE) = moment.accepted_at
            THEN CASE $same_day_policy
                WHEN 'pass' THEN 'before'
                WHEN 'exception' THEN 'after'
                ELSE 'same day'
            END
        WHEN moment.approved_at <= moment.accepted_at THEN 'before'
        ELSE 'after'
    END AS timing
FROM gift_base
LEFT JOIN approved
    ON gift_base.gift_id = approved.gift_id
LEFT JOIN moment
    ON gift_base.gift_id = moment.gift_id
LEFT JOIN subordinate
    ON gift_base.gift_id = subordinate.gift_id
LEFT JOIN co_recipient
    ON gift_base.gift_id = co_recipient.gift_id
LEFT JOIN mandate
    ON gift_base.gift_id = mandate.gift_id
