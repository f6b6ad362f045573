-- The rate of a currency into the reporting currency from the day it was published until the next was. Half-open.
-- How old a rate may be is for the reader of this view to say. A rate of zero or less is no rate. Of two rates
-- published for one day (a failed reliability check) the higher holds.
WITH published AS (
    SELECT
        currency,
        rate_date,
        MAX(rate) AS rate
    FROM fx_rate
    WHERE rate > 0
    GROUP BY
        currency,
        rate_date
)

SELECT
    currency,
    rate_date AS valid_from,
    LEAD(rate_date) OVER (PARTITION BY currency ORDER BY rate_date) AS valid_to,
    rate
FROM published
