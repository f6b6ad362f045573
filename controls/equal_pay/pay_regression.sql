-- What the adjusted gap is estimated on: one row per employment in scope whose pay is measured.
-- A register without any hire date leaves length of service out; without any location, the location.
SELECT
    employee_id,
    LN(CAST(pay AS DOUBLE)) AS log_pay,
    sex = 'F' AS is_woman,
    category,
    location,
    CASE WHEN MAX(service_days) OVER () IS NULL THEN 0 ELSE service_days / 365.25 END AS service_years,
    CASE WHEN MAX(service_days) OVER () IS NULL THEN 0 ELSE service_days / 365.25 * service_days / 365.25 END
        AS service_years_squared
FROM employment_pay
WHERE scope IS NULL AND problem IS NULL AND sex IN ('F', 'M') AND NOT is_uncategorised
