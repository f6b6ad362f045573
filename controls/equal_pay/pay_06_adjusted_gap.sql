-- PAY-06 Once category, length of service and location are allowed for, no pay gap between women and men remains.
-- Gap and p-value are cut, not rounded: neither 1.999 % nor p = 0.04999 reads as the limit beside the other verdict.
WITH told AS (
    SELECT
        STRING_AGG(
            model || ': ' || CASE
                WHEN status = 'estimated'
                    THEN CONCAT(
                        'gap ',
                        CAST(
                            CAST(SIGN(relative_gap) * FLOOR(ABS(relative_gap) * 10000) / 100 AS DECIMAL(9, 2))
                            AS VARCHAR
                        ),
                        ' %, 95 % interval ', CAST(CAST(relative_low * 100 AS DECIMAL(9, 2)) AS VARCHAR),
                        ' to ', CAST(CAST(relative_high * 100 AS DECIMAL(9, 2)) AS VARCHAR),
                        ' %, p-value ',
                        REPLACE(
                            CAST(CAST(FLOOR(p_value * 10000) * 0.0001 AS DECIMAL(9, 4)) AS VARCHAR),
                            '0.0000', '< 0.0001'
                        )
                    )
                ELSE 'not estimated, ' || REPLACE(reason, '_', ' ')
            END || ', ' || CAST(n_group AS VARCHAR) || ' women, ' || CAST(n_other AS VARCHAR) || ' men',
            '
' ORDER BY place
        ) AS models
    FROM adjusted_pay_gap
)

SELECT
    pay_organisation.organisation,
    pay_organisation.last_day AS event_date,
    pay_organisation.unmeasured_n,
    pay_adjustment.facts AS allowed_for,
    adjusted.n_group AS women_n,
    adjusted.n_other AS men_n,
    CAST(SIGN(adjusted.relative_gap) * FLOOR(ABS(adjusted.relative_gap) * 10000) / 100 AS DECIMAL(9, 2)) AS gap,
    CAST(adjusted.relative_low * 100 AS DECIMAL(9, 2)) AS gap_low,
    CAST(adjusted.relative_high * 100 AS DECIMAL(9, 2)) AS gap_high,
    REPLACE(
        CAST(CAST(FLOOR(adjusted.p_value * 10000) * 0.0001 AS DECIMAL(9, 4)) AS VARCHAR), '0.0000', '< 0.0001'
    ) AS p_value,
    told.models AS evidence,
    CASE
        WHEN COALESCE(adjusted.status, '') <> 'estimated' THEN 'NOT_TESTED:' || adjusted.reason
        WHEN ABS(adjusted.relative_gap) * 100 >= $adjusted_gap_trigger AND adjusted.p_value < $significance
            THEN 'EXCEPTION'
        WHEN
            pay_organisation.unmeasured_n * 100
            > $max_unmeasured_pct * (pay_organisation.employments_n - pay_organisation.excluded_n)
            THEN 'NOT_TESTED:too_many_not_measured'
        ELSE 'PASS'
    END AS result
FROM pay_organisation
CROSS JOIN told
CROSS JOIN pay_adjustment
LEFT JOIN adjusted_pay_gap AS adjusted ON adjusted.model = 'adjusted'
ORDER BY pay_organisation.organisation
