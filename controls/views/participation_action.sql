-- Every logged or implied act of a person in a tender (per lot), a contract or a purchase order.
--
-- Implied: who owned the need or wrote the specification acted at the latest when the tender was published; who
-- decided an award acted when it was decided; who created or requested an order acted when it was created. An act on
-- a tender as a whole counts in each of its lots; lot_id '-' stands where a tender has no lots, and for contracts and
-- orders. What a delegate does is the delegate's act. An approval that is still awaited (no time, no decision) is none.
-- Acts on invoices and receipts are not part of the decision to buy.
WITH logged AS (
    SELECT
        'log ' || action_log_id AS action_ref,
        context_type,
        context_id,
        CASE WHEN context_type = 'tender' THEN lot_id END AS lot_id,
        person_id,
        action,
        acted_at,
        COALESCE(substantive, FALSE) AS is_flagged
    FROM process_action
    WHERE context_type IN ('tender', 'contract', 'po')
    UNION ALL
    SELECT
        'need ' || tender_id AS action_ref,
        'tender' AS context_type,
        tender_id AS context_id,
        NULL AS lot_id,
        need_owner AS person_id,
        'own_need' AS action,
        published_at AS acted_at,
        TRUE AS is_flagged
    FROM tender
    WHERE need_owner IS NOT NULL
    UNION ALL
    SELECT
        'specification ' || tender_id AS action_ref,
        'tender' AS context_type,
        tender_id AS context_id,
        NULL AS lot_id,
        spec_author AS person_id,
        'draft_spec' AS action,
        published_at AS acted_at,
        TRUE AS is_flagged
    FROM tender
    WHERE spec_author IS NOT NULL
    UNION ALL
    SELECT
        'award ' || award_id AS action_ref,
        'tender' AS context_type,
        tender_id AS context_id,
        lot_id,
        decided_by AS person_id,
        'decide_award' AS action,
        decided_at AS acted_at,
        TRUE AS is_flagged
    FROM award
    WHERE decided_by IS NOT NULL AND tender_id IS NOT NULL
    UNION ALL
    SELECT
        'creation ' || po_id AS action_ref,
        'po' AS context_type,
        po_id AS context_id,
        NULL AS lot_id,
        created_by AS person_id,
        'create_order' AS action,
        created_at AS acted_at,
        TRUE AS is_flagged
    FROM purchase_order
    WHERE created_by IS NOT NULL
    UNION ALL
    SELECT
        'request ' || po_id AS action_ref,
        'po' AS context_type,
        po_id AS context_id,
        NULL AS lot_id,
        requester AS person_id,
        'request_order' AS action,
        created_at AS acted_at,
        TRUE AS is_flagged
    FROM purchase_order
    WHERE requester IS NOT NULL AND requester IS DISTINCT FROM created_by
    UNION ALL
    SELECT
        'approval ' || doc_id || '/' || CAST(level_no AS VARCHAR) AS action_ref,
        doc_type AS context_type,
        doc_id AS context_id,
        NULL AS lot_id,
        approver_id AS person_id,
        'approve' AS action,
        approved_at AS acted_at,
        TRUE AS is_flagged
    FROM approval
    WHERE
        doc_type IN ('tender', 'contract', 'po')
        AND approver_id IS NOT NULL
        AND (approved_at IS NOT NULL OR decision IS NOT NULL)
    UNION ALL
    SELECT
        'approval ' || approval.doc_id || '/' || CAST(approval.level_no AS VARCHAR) AS action_ref,
        'tender' AS context_type,
        award.tender_id AS context_id,
        award.lot_id,
        approval.approver_id AS person_id,
        'approve' AS action,
        approval.approved_at AS acted_at,
        TRUE AS is_flagged
    FROM approval
    INNER JOIN award ON approval.doc_id = award.award_id
    WHERE
        approval.doc_type = 'award'
        AND approval.approver_id IS NOT NULL
        AND award.tender_id IS NOT NULL
        AND (approval.approved_at IS NOT NULL OR approval.decision IS NOT NULL)
)

SELECT
    logged.action_ref,
    logged.context_type,
    logged.context_id,
    COALESCE(logged.lot_id, tender_lot.lot_id, '-') AS lot_id,
    logged.person_id,
    logged.action,
    logged.acted_at,
    logged.is_flagged
FROM logged
LEFT JOIN tender_lot
    ON logged.context_type = 'tender' AND logged.lot_id IS NULL AND logged.context_id = tender_lot.tender_id
