"""SQL for the columns of deals (`d`, of scope `o`) and of their disputes (`i`)."""

SCOPE = "o.country || '.' || o.category"
# Items in one text, in their order; of a dispute that is not decided none.
PRESENT = """(SELECT string_agg(y.item, ',') FROM (
    SELECT DISTINCT e.item FROM disputes_evidence e JOIN vault_blob b ON b.digest = e.blob_id
    WHERE e.deal_id = i.deal_id AND e.item <> '' AND e.added_at <= i.decided_at
        AND (e.withdrawn_at IS NULL OR e.withdrawn_at > i.decided_at)
        AND (b.redacted_at IS NULL OR b.redacted_at > i.decided_at)
    ORDER BY e.item) y)"""
WAIVED = """(SELECT string_agg(y.item, ',') FROM (
    SELECT DISTINCT w.item FROM disputes_waiver w
    WHERE w.dispute_id = i.id AND w.waived_at <= i.decided_at
        AND (w.withdrawn_at IS NULL OR w.withdrawn_at > i.decided_at)
    ORDER BY w.item) y)"""
TOUCHED = "(SELECT MIN(t.first_touch_at) FROM cases_stay t WHERE t.case_id = i.case_id)"
