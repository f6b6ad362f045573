-- What the adjusted gap allows for, in words: a fact that no employment has on record is none of it.
WITH known AS (
    SELECT
        COALESCE(MAX(service_years), 0) > 0 AS has_service,
        COUNT(*) FILTER (WHERE location <> 'not recorded') > 0 AS has_location
    FROM pay_regression
)

SELECT
    CASE
        WHEN has_service AND has_location THEN 'category of work, length of service and location'
        WHEN has_service THEN 'category of work and length of service'
        WHEN has_location THEN 'category of work and location'
        ELSE 'category of work'
    END AS facts
FROM known
