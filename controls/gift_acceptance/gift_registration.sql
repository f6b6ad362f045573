-- How many working days passed from the receipt to the registration, without those on which the recipient was away.
-- The day of receipt does not count, the day of registration does. Registered on a day off: no further day has passed.
-- Leave of any kind, of any of the person's employments, stops the count; two leaves on one day stop it once.
-- More than $serious_working_days make the delay serious.
WITH away AS (
    SELECT
        gift_base.gift_id,
        COUNT(DISTINCT calendar.day) AS days
    FROM gift_base
    INNER JOIN employee
        ON gift_base.person_id = employee.person_id
    INNER JOIN leave
        ON employee.employee_id = leave.employee_id
    INNER JOIN calendar
        ON
            gift_base.event_on < calendar.day
            AND gift_base.registered_at >= calendar.day
            AND leave.started_on <= calendar.day
            AND (leave.ended_on IS NULL OR leave.ended_on >= calendar.day)
    WHERE calendar.is_working_day
    GROUP BY gift_base.gift_id
),

counted AS (
    SELECT
        gift_base.gift_id,
        CAST(gift_base.registered_at AS DATE) AS registered_on,
        CAST(gift_base.registered_at AS DATE) < gift_base.event_on AS is_registered_first,
        COALESCE(away.days, 0) AS days_away,
        registered.working_day_number - received.working_day_number - COALESCE(away.days, 0) AS working_days
    FROM gift_base
    LEFT JOIN calendar AS received
        ON gift_base.event_on = received.day
    LEFT JOIN calendar AS registered
        ON CAST(gift_base.registered_at AS DATE) = registered.day
    LEFT JOIN away
        ON gift_base.gift_id = away.gift_id
)

SELECT
    gift_id,
    registered_on,
    is_registered_first,
    days_away,
    working_days,
    working_days > $serious_working_days AS is_serious
FROM counted
