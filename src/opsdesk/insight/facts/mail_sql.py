"""SQL for the follow-ups of cases: what `insight.cohort` counts, one by one, with the queue of each.

A message of ours whose predecessor in the conversation is ours; one of two parts of a case is said once.
"""

# `{within}`: which cases. A letter that went out while the case stood resolved was sent from no queue.
FOLLOW_UPS = """(
    SELECT t.case_id, t.id, COALESCE(s.queue, '') AS queue FROM (
        SELECT k.case_id, m.id, m.received_at, m.direction, LAG(m.id) OVER before AS previous_id,
            LAG(m.direction) OVER before AS previous
        FROM mail_casemessage k JOIN mail_message m ON m.id = k.message_id
        WHERE {within} AND k.removed_at IS NULL AND NOT m.automatic AND m.machine = ''
        WINDOW before AS (PARTITION BY k.case_id ORDER BY m.received_at, m.id)
    ) t
    LEFT JOIN cases_stay s ON s.case_id = t.case_id AND s.exit <> 'withdrawn'
        AND s.entered_at <= t.received_at AND (s.left_at IS NULL OR s.left_at > t.received_at)
    WHERE t.direction = 'out' AND t.previous = 'out' AND t.previous_id <> t.id
) f"""
