-- The population: the organisation as a whole, once, if anybody is employed on the last day of the quarter.
SELECT
    'whole organisation' AS organisation,
    MAX(last_day) AS last_day,
    COUNT(*) AS employments_n,
    COUNT(*) FILTER (WHERE scope IS NOT NULL OR COALESCE(sex, '') = 'X') AS excluded_n,
    COUNT(*) FILTER (
        WHERE scope IS NULL AND COALESCE(sex, '') <> 'X'
        AND (problem IS NOT NULL OR COALESCE(sex, '') NOT IN ('F', 'M'))
    ) AS unmeasured_n
FROM employment_pay
HAVING COUNT(*) > 0
