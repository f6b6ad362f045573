-- What one person accepted from one giver group, per gift: on its day (occasion) and in the window up to its day.
-- * certain totals hold only gifts that surely count and surely come from the same giver group;
--   possible totals add every gift whose giver, day, scope or disposition stays open. The truth lies between the two.
-- * Same giver: same group on each gift's own day, or the earlier giver belongs to the group on the day of the gift
--   tested. Neither a merger nor a sale of a company resets the total.
-- * Gifts of the same day count together, whatever their order. Window: $window_days days up to and including the day,
--   or the calendar or fiscal year. One person is one recipient, whatever the number of employments.
-- * A gift to several people counts whole on its occasion, and in the window by $team_gift_basis: share or whole.
-- * Two entries of one day that agree in giver, kind, value and description may be one gift entered twice (by the
--   recipient and by an office): only one of them is certain, the other possible.
WITH twin AS (
    SELECT DISTINCT later.gift_id
    FROM gift_base AS later
    INNER JOIN gift_base AS earlier
        ON
            later.person_id = earlier.person_id
            AND later.giver_key = earlier.giver_key
            AND later.event_on = earlier.event_on
            AND later.value = earlier.value
            AND later.currency = earlier.currency
            AND COALESCE(later.category, '') = COALESCE(earlier.category, '')
            AND LOWER(TRIM(later.description)) = LOWER(TRIM(earlier.description))
    INNER JOIN gift_scope AS earlier_scope
        ON earlier.gift_id = earlier_scope.gift_id
    WHERE
        later.gift_id > earlier.gift_id
        AND earlier_scope.counts
),

counted AS (
    SELECT
        gift_base.gift_id,
        gift_base.person_id,
        gift_base.event_on,
        YEAR(gift_base.event_on) - CASE WHEN MONTH(gift_base.event_on) < $fiscal_year_month THEN 1 ELSE 0 END
            AS fiscal_year,
        gift_base.giver_key,
        gift_base.giver_group_id,
        gift_base.giver_party_id,
        gift_base.giver_name,
        gift_base.giver_certain,
        COALESCE(gift_scope.counts, FALSE) AS counts,
        twin.gift_id IS NOT NULL AS is_twin,
        gift_base.value_base AS occasion_part,
        CASE
            WHEN $team_gift_basis = 'share' THEN gift_base.value_share
            ELSE gift_base.value_base
        END AS window_part
    FROM gift_base
    INNER JOIN gift_scope
        ON gift_base.gift_id = gift_scope.gift_id
    LEFT JOIN twin
        ON gift_base.gift_id = twin.gift_id
    WHERE gift_scope.counts IS NULL OR gift_scope.counts
),

together AS (
    SELECT
        gift.gift_id,
        member.gift_id AS member_id,
        member.event_on,
        member.giver_name,
        member.occasion_part,
        member.window_part,
        COALESCE(member.event_on = gift.event_on, TRUE) AS is_same_day,
        member.giver_key = gift.giver_key
        OR COALESCE(member_group.group_id = gift.giver_group_id, FALSE) AS is_same_giver,
        gift.giver_certain AND member.giver_certain AS are_givers_certain,
        member.is_twin,
        member.counts AND member.event_on IS NOT NULL AND NOT member.is_twin AS is_certain
    FROM counted AS gift
    INNER JOIN counted AS member
        ON
            gift.person_id = member.person_id
            AND (
                member.event_on IS NULL
                OR (
                    gift.event_on >= member.event_on
                    AND CASE $window_basis
                        WHEN 'calendar_year' THEN YEAR(member.event_on) = YEAR(gift.event_on)
                        WHEN 'fiscal_year' THEN gift.fiscal_year = member.fiscal_year
                        ELSE DATE_DIFF('day', member.event_on, gift.event_on) < $window_days
                    END
                )
            )
    LEFT JOIN party_group AS member_group
        ON
            member.giver_party_id = member_group.party_id
            AND (member_group.valid_from IS NULL OR gift.event_on >= member_group.valid_from)
            AND (member_group.valid_to IS NULL OR gift.event_on < member_group.valid_to)
    WHERE gift.event_on IS NOT NULL
)

SELECT
    gift_id,
    SUM(occasion_part) FILTER (WHERE is_same_day AND is_same_giver AND is_certain) AS occasion_certain,
    SUM(occasion_part) FILTER (WHERE is_same_day) AS occasion_possible,
    COUNT(*) FILTER (WHERE is_same_day AND occasion_part IS NULL) AS occasion_unvalued,
    SUM(window_part) FILTER (WHERE is_same_giver AND is_certain) AS window_certain,
    SUM(window_part) AS window_possible,
    COUNT(*) FILTER (WHERE window_part IS NULL) AS window_unvalued,
    STRING_AGG(
        COALESCE(CAST(event_on AS VARCHAR), 'day unknown') || '  ' || COALESCE(giver_name, 'giver unknown') || '  '
        || COALESCE(CAST(window_part AS VARCHAR), 'value unknown') || '  ' || member_id
        || CASE
            WHEN is_same_giver AND is_twin THEN '  (may be entered twice)'
            WHEN is_same_giver AND is_certain THEN ''
            ELSE '  (may belong here)'
        END,
        '
' ORDER BY event_on NULLS LAST, member_id
    ) AS gifts
FROM together
WHERE is_same_giver OR NOT are_givers_certain
GROUP BY gift_id
