-- Which gifts count against the occasion and aggregate limits: TRUE, FALSE, or NULL where that stays open.
-- An exempt gift does not count. $limit_scope prohibited_sources counts only gifts from prohibited sources; any other
-- word counts all givers, so that a misspelt scope errs on the strict side. Without a single bid and contract in the
-- extracts a giver that is no prohibited source cannot be told from one whose business is not on file: open.
SELECT
    gift_base.gift_id,
    CASE
        WHEN NOT gift_base.accepted OR gift_exempt.is_exempt THEN FALSE
        WHEN $limit_scope = 'prohibited_sources' AND NOT gift_source.is_prohibited
            THEN CASE
                WHEN
                    EXISTS (
                        SELECT 1 FROM gift_dealing
                        WHERE gift_dealing.context_type IN ('tender', 'contract')
                    )
                    THEN FALSE
            END
        WHEN gift_base.accepted IS NULL OR gift_exempt.is_exempt IS NULL THEN NULL
        WHEN $limit_scope = 'prohibited_sources' AND gift_source.is_prohibited IS NULL THEN NULL
        ELSE TRUE
    END AS counts,
    gift_exempt.exemption_note,
    gift_source.source_reason
FROM gift_base
LEFT JOIN gift_exempt
    ON gift_base.gift_id = gift_exempt.gift_id
LEFT JOIN gift_source
    ON gift_base.gift_id = gift_source.gift_id
