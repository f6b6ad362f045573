-- Which reports and cases make up which episode: windows of one person that overlap are one episode.
WITH placed AS (
    SELECT
        protected_id,
        person_id,
        case_id,
        role,
        start_day,
        end_day,
        known_on,
        MAX(COALESCE(end_day, DATE '9999-12-31')) OVER (
            PARTITION BY protected_id
            ORDER BY start_day, end_day, case_id, role
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS covered_until
    FROM protected_person
    WHERE standing IS NULL
),

numbered AS (
    SELECT
        protected_id,
        person_id,
        case_id,
        start_day,
        end_day,
        known_on,
        SUM(CASE WHEN start_day <= covered_until THEN 0 ELSE 1 END) OVER (
            PARTITION BY protected_id
            ORDER BY start_day, end_day, case_id, role
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS episode
    FROM placed
)

SELECT
    protected_id,
    person_id,
    case_id,
    start_day,
    end_day,
    known_on,
    MIN(start_day) OVER (PARTITION BY protected_id, episode) AS episode_start
FROM numbered
