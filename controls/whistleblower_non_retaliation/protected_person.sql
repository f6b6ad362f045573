-- Whoever a report or a case protects, one row per report or case: from when, until when, and since when that is known.
--
-- Protection begins when anybody in the organisation, a manager included, first received the report, or when the person
-- became known as reporter, witness, facilitator or associate, whichever is earlier. It ends window_days later, or
-- after_close_days after the case was closed if that is later; while a case is open it does not end.
-- Nobody tries to find out who an anonymous reporter is: such a report is an item of its own, counted and not tested.
WITH named AS (
    -- reporters that the case file names, where the report itself does not
    SELECT DISTINCT case_id
    FROM case_person
    WHERE role = 'reporter'
),

unnamed AS (
    SELECT
        case_id,
        MIN(received_at) AS received_at
    FROM wb_report
    WHERE reporter_person_id IS NULL AND COALESCE(reporter_kind, '') <> 'external'
    GROUP BY case_id
),

source AS (
    SELECT
        COALESCE(wb_report.reporter_person_id, 'report ' || wb_report.report_id) AS protected_id,
        wb_report.reporter_person_id AS person_id,
        wb_report.case_id,
        'reporter' AS role,
        CAST(wb_report.received_at AS DATE) AS start_day,
        CAST(COALESCE(wb_report.logged_at, wb_report.received_at) AS DATE) AS known_on,
        CASE
            WHEN wb_report.reporter_person_id IS NOT NULL THEN NULL
            WHEN wb_report.reporter_kind = 'anonymous' THEN 'NOT_APPLICABLE:no_identity'
            WHEN wb_report.reporter_kind = 'external' THEN 'NOT_APPLICABLE:not_an_employee'
            ELSE 'NOT_TESTED:identity_missing'
        END AS standing
    FROM wb_report
    LEFT JOIN named ON wb_report.case_id = named.case_id
    WHERE
        wb_report.reporter_person_id IS NOT NULL
        OR named.case_id IS NULL
        OR wb_report.reporter_kind = 'external'
    UNION ALL
    SELECT
        case_person.person_id AS protected_id,
        case_person.person_id,
        case_person.case_id,
        case_person.role,
        CAST(
            COALESCE(
                LEAST(
                    case_person.valid_from,
                    case_person.known_to_line_at,
                    CASE WHEN case_person.role = 'reporter' THEN unnamed.received_at END
                ),
                case_file.opened_at
            ) AS DATE
        ) AS start_day,
        CAST(COALESCE(case_person.valid_from, case_file.opened_at) AS DATE) AS known_on,
        NULL AS standing
    FROM case_person
    LEFT JOIN unnamed ON case_person.case_id = unnamed.case_id
    LEFT JOIN case_file ON case_person.case_id = case_file.case_id
    WHERE case_person.role IN ('reporter', 'witness', 'facilitator', 'associate')
)

SELECT
    source.protected_id,
    source.person_id,
    source.case_id,
    source.role,
    source.start_day,
    source.known_on,
    COALESCE(source.standing, CASE WHEN source.start_day IS NULL THEN 'NOT_TESTED:start_missing' END) AS standing,
    CASE
        -- no closing day is known: the case is open, or nobody delivered it
        WHEN
            source.case_id IS NOT NULL AND case_file.closed_at IS NULL AND COALESCE(case_file.status, '') <> 'merged'
            THEN NULL
        ELSE GREATEST(
            source.start_day + CAST($window_days AS INTEGER),
            CAST(case_file.closed_at AS DATE) + CAST($after_close_days AS INTEGER)
        )
    END AS end_day
FROM source
LEFT JOIN case_file ON source.case_id = case_file.case_id
WHERE
    (source.known_on IS NULL OR source.known_on < $cut_off)
    AND (source.start_day IS NULL OR source.start_day < $period_end)
