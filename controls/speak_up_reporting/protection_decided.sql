-- Known reporting persons, witnesses and helpers of the cases opened in the quarter: with protection decided, and all.
SELECT
    COUNT(DISTINCT people.person_id) FILTER (WHERE protection.decided_at < $cut_off) AS numerator,
    COUNT(DISTINCT people.person_id) AS denominator
FROM case_person AS people
INNER JOIN case_file ON people.case_id = case_file.case_id
LEFT JOIN protection ON people.case_id = protection.case_id AND people.person_id = protection.person_id
WHERE
    people.role IN ('reporter', 'witness', 'facilitator')
    AND case_file.opened_at >= $period_start AND case_file.opened_at < $period_end
