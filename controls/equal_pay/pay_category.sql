-- The population: every category of work of equal value with an active employment, women and men compared.
--
-- Members are the employments in scope. A member without recorded sex, or whose pay cannot be measured, is unmeasured:
-- it is counted and never imputed. Twice the median (the two middle values together) keeps every figure exact.
WITH ranked AS (
    SELECT
        employee_id,
        category,
        sex,
        pay,
        ROW_NUMBER() OVER (PARTITION BY category, sex ORDER BY pay, employee_id) AS place,
        COUNT(*) OVER (PARTITION BY category, sex) AS total
    FROM employment_pay
    WHERE scope IS NULL AND problem IS NULL AND sex IN ('F', 'M')
),

compared AS (
    SELECT
        category,
        COUNT(*) FILTER (WHERE sex = 'F') AS women_n,
        COUNT(*) FILTER (WHERE sex = 'M') AS men_n,
        SUM(pay) FILTER (WHERE sex = 'F') AS women_sum,
        SUM(pay) FILTER (WHERE sex = 'M') AS men_sum,
        SUM(CASE WHEN place * 2 = total + 1 THEN pay * 2 ELSE pay END)
        FILTER (WHERE sex = 'F' AND place * 2 BETWEEN total AND total + 2) AS women_median_twice,
        SUM(CASE WHEN place * 2 = total + 1 THEN pay * 2 ELSE pay END)
        FILTER (WHERE sex = 'M' AND place * 2 BETWEEN total AND total + 2) AS men_median_twice
    FROM ranked
    GROUP BY category
),

member AS (
    SELECT
        employee_id,
        category,
        is_uncategorised,
        is_proxy,
        last_day,
        full_time_hours,
        CASE WHEN scope IS NULL AND sex = 'X' THEN 'sex_not_compared' ELSE scope END AS scope,
        CASE WHEN sex IN ('F', 'M') THEN sex END AS sex,
        CASE
            WHEN scope IS NOT NULL OR sex = 'X' THEN NULL
            WHEN sex IN ('F', 'M') THEN problem
            ELSE 'sex_missing'
        END AS problem
    FROM employment_pay
),

counted AS (
    SELECT
        category,
        is_uncategorised,
        MAX(CAST(is_proxy AS INTEGER)) = 1 AS is_proxy,
        MAX(last_day) AS last_day,
        COUNT(*) FILTER (WHERE scope IS NULL) AS members_n,
        COUNT(*) FILTER (WHERE scope IS NOT NULL) AS excluded_n,
        COUNT(*) FILTER (WHERE scope IS NULL AND problem IS NOT NULL) AS unmeasured_n,
        COUNT(*) FILTER (WHERE scope IS NULL AND COALESCE(sex, 'F') = 'F') AS women_at_most,
        COUNT(*) FILTER (WHERE scope IS NULL AND COALESCE(sex, 'M') = 'M') AS men_at_most,
        COUNT(DISTINCT full_time_hours) FILTER (WHERE scope IS NULL AND problem IS NULL) > 1 AS has_unequal_weeks
    FROM member
    GROUP BY category, is_uncategorised
),

left_out AS (
    SELECT
        category,
        scope,
        problem,
        COUNT(*) AS n,
        ROW_NUMBER() OVER (PARTITION BY category, scope ORDER BY COUNT(*) DESC, problem ASC) AS place
    FROM member
    WHERE scope IS NOT NULL OR problem IS NOT NULL
    GROUP BY category, scope, problem
),

reason AS (
    SELECT
        category,
        STRING_AGG(
            COALESCE('not compared, ' || scope, 'not measured, ' || problem) || ': ' || CAST(n AS VARCHAR),
            '; '
            ORDER BY scope ASC NULLS FIRST, n DESC, problem ASC
        ) AS words,
        MIN(CASE WHEN place = 1 THEN problem END) AS first_problem
    FROM left_out
    GROUP BY category
)

SELECT
    counted.category,
    counted.last_day,
    CASE
        WHEN counted.is_uncategorised THEN 'neither group nor grade and job family'
        WHEN counted.is_proxy THEN 'grade x job family (proxy)'
        ELSE 'equal-value group'
    END AS basis,
    counted.members_n,
    counted.excluded_n,
    counted.unmeasured_n,
    COALESCE(compared.women_n, 0) AS women_n,
    COALESCE(compared.men_n, 0) AS men_n,
    compared.women_sum,
    compared.men_sum,
    counted.has_unequal_weeks,
    reason.first_problem,
    reason.words AS left_out,
    -- NULL where women and men can be compared
    CASE
        WHEN counted.is_uncategorised THEN 'NOT_TESTED:category_missing'
        WHEN counted.members_n = 0 THEN 'NOT_APPLICABLE:nobody_in_scope'
        WHEN counted.women_at_most < $min_n OR counted.men_at_most < $min_n THEN 'NOT_APPLICABLE:no_comparator'
        WHEN COALESCE(compared.women_n, 0) < $min_n OR COALESCE(compared.men_n, 0) < $min_n
            THEN 'NOT_TESTED:' || reason.first_problem
    END AS standing,
    CAST(ROUND(compared.women_sum / NULLIF(compared.women_n, 0), 2) AS DECIMAL(18, 2)) AS women_mean,
    CAST(ROUND(compared.men_sum / NULLIF(compared.men_n, 0), 2) AS DECIMAL(18, 2)) AS men_mean,
    CAST(ROUND(compared.women_median_twice / 2, 2) AS DECIMAL(18, 2)) AS women_median,
    CAST(ROUND(compared.men_median_twice / 2, 2) AS DECIMAL(18, 2)) AS men_median,
    -- what the lower-paid sex would earn more in a year at the other's mean; not for cells that are single people
    CAST(
        CASE
            WHEN compared.women_n >= 5 AND compared.men_n >= 5
                THEN ROUND(
                    GREATEST(
                        compared.men_sum * compared.women_n / compared.men_n - compared.women_sum,
                        compared.women_sum * compared.men_n / compared.women_n - compared.men_sum
                    ),
                    2
                )
        END AS DECIMAL(18, 2)
    ) AS gap_amount,
    -- in percent of the men's figure, positive where women have less; eight decimals, rounded once
    CAST(
        ROUND(
            (compared.men_sum * compared.women_n - compared.women_sum * compared.men_n) * 100
            / NULLIF(compared.men_sum * compared.women_n, 0),
            8
        ) AS DECIMAL(18, 8)
    ) AS mean_gap,
    CAST(
        ROUND(
            (compared.men_median_twice - compared.women_median_twice) * 100 / NULLIF(compared.men_median_twice, 0), 8
        ) AS DECIMAL(18, 8)
    ) AS median_gap
FROM counted
LEFT JOIN compared ON counted.category = compared.category
LEFT JOIN reason ON counted.category = reason.category
