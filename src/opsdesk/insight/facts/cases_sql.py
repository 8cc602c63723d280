"""SQL for what the facts say of a case `c` that no column of it says."""

LAST = """CASE WHEN c.state = 'resolved' THEN c.resolved_at WHEN c.state = 'void' THEN c.voided_at
    ELSE c.last_touch_at END"""
# The first entry of what comes from another tool says so: of each case that one alone is looked up.
IMPORTED = """COALESCE((SELECT CASE WHEN j.kind = 'case.imported' THEN 1 ELSE 0 END FROM journal_entry j
    WHERE j.subject_kind = 'case' AND j.subject_id = c.id ORDER BY j.id LIMIT 1), 0)"""
