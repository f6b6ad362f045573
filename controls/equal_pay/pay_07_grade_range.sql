-- PAY-07 Base pay lies within the range of the grade, and not far below what others in the category earn.
SELECT
    employment.employee_id,
    employment.person_id,
    employment.org_unit_id,
    employment.last_day AS event_date,
    employment.grade_id,
    employment.category,
    employment.fte,
    employment.base_annual,
    scale.pay_min,
    scale.pay_max,
    COALESCE(
        'residual in category ' || employment.category || ': ' || CAST(residual.residual AS VARCHAR),
        'not compared with others in category ' || employment.category
    ) AS evidence,
    -- how far the pay for the hours agreed lies outside the range
    CAST(
        ROUND(
            GREATEST(
                scale.pay_min * employment.fte - employment.base_annual,
                employment.base_annual - scale.pay_max * employment.fte,
                0
            ),
            2
        ) AS DECIMAL(18, 2)
    ) AS amount,
    employment.currency,
    CASE
        WHEN employment.scope IS NOT NULL THEN 'NOT_APPLICABLE:' || employment.scope
        WHEN employment.base_problem IS NOT NULL THEN 'NOT_TESTED:' || employment.base_problem
        WHEN employment.grade_id IS NULL THEN 'NOT_TESTED:grade_missing'
        WHEN scale.pay_min IS NULL AND scale.pay_max IS NULL THEN 'NOT_TESTED:range_missing'
        WHEN COALESCE(employment.currency, '') <> COALESCE(scale.currency, '') THEN 'NOT_TESTED:currency_differs'
        WHEN employment.base_annual + $rounding_tolerance < scale.pay_min * employment.fte THEN 'EXCEPTION'
        WHEN employment.base_annual - $rounding_tolerance > scale.pay_max * employment.fte
            THEN CASE employment.is_protected
                WHEN TRUE THEN 'NOT_APPLICABLE:protected_pay'
                WHEN FALSE THEN 'EXCEPTION'
                ELSE 'REVIEW:protection_not_recorded'
            END
        WHEN scale.pay_min IS NULL OR scale.pay_max IS NULL THEN 'NOT_TESTED:range_missing'
        WHEN residual.residual < $residual_limit THEN 'REVIEW:low_for_category'
        ELSE 'PASS'
    END AS result
FROM employment_pay AS employment
LEFT JOIN grade_range AS scale ON employment.grade_id = scale.grade_id
LEFT JOIN pay_residual AS residual ON employment.employee_id = residual.employee_id
ORDER BY employment.employee_id
