"""The words of several tools for the same things: names of columns, states, levels. Pure."""

from collections.abc import Mapping

from opsdesk.history.rules import Meaning

# The names of columns, the most telling first; only their letters and digits count.
# `queue_now`: of a list of changes, where the case is today.
NAMES: Mapping[str, tuple[str, ...]] = {
    "case": (
        *("caseid", "caseconceptname", "ticketid", "issueid", "incidentid", "incidentnumber", "requestid"),
        *(
            "ticketnumber",
            "issuekey",
            "identifier",
            "number",
            "recordid",
            "case",
            "ticket",
            "issue",
            "key",
            "id",
        ),
        *("접수번호", "요청번호", "문의번호", "티켓번호", "번호", "хүсэлтийндугаар", "дугаар"),
    ),
    "time": (
        *("timetimestamp", "timestamp", "eventtime", "eventtimestamp", "eventdate", "sysupdatedon"),
        *("sysupdatedat", "updatedon", "changedat", "changedate", "changedon", "changetime", "changed"),
        *("transitiondate", "modifiedat", "modifiedon", "modifieddate", "modified", "lastmodified"),
        *("lastmodifieddate", "lastmodifiedat", "lastchanged", "lastupdated", "happenedat", "occurredat"),
        *("loggedat", "enteredat", "completetimestamp", "datestamp", "datetime", "when", "time"),
        *("변경일시", "변경시각", "변경시간", "변경일", "수정일시", "수정일", "처리일시", "발생일시"),
        *("일시", "시각", "날짜", "өөрчилсөногноо", "өөрчлөгдсөногноо", "шинэчилсэногноо", "огнооцаг"),
        *("огноо", "createdat", "updatedat", "updated", "date", "created"),
        *("등록일시", "생성일시", "접수일시", "үүсгэсэногноо", "бүртгэсэногноо"),
    ),
    "status": (
        *(
            "lifecycletransition",
            "tostate",
            "tostatus",
            "newstatus",
            "tostatename",
            "incidentstate",
            "status",
        ),
        *("state", "stage", "ticketstatus", "value", "처리상태", "상태", "төлөв"),
    ),
    "activity": (
        *("activity", "conceptname", "event", "action", "eventtype", "incidentactivitytype", "operation"),
    ),
    "queue": (
        *(
            "orggroup",
            "assignmentgroup",
            "assignedgroup",
            "toteamname",
            "toteam",
            "team",
            "teamname",
            "group",
        ),
        *("queue", "supportgroup", "tier", "level", "department", "담당팀", "담당부서", "부서", "팀"),
        *("баг", "хэлтэс"),
    ),
    "queue_before": (
        *("fromteamname", "fromteam", "previousteam", "oldteam", "teambefore", "fromgroup", "previousgroup"),
        *("oldgroup", "previousassignmentgroup", "fromqueue", "previousqueue", "oldqueue", "fromtier"),
    ),
    "queue_now": ("teamname", "team", "groupname", "group", "queuename", "queue", "assignmentgroup"),
    "person": (
        *(
            "orgresource",
            "sysupdatedby",
            "updatedby",
            "actoremail",
            "actorname",
            "actor",
            "changedby",
            "agent",
        ),
        *("resource", "user", "who", "assignedto", "assignee", "owner", "ticketowner"),
        *("담당자", "처리자", "ажилтан"),
    ),
    "subject": ("subject", "title", "shortdescription", "summary", "ticketname", "name", "제목", "гарчиг"),
    "account": (
        "account",
        "company",
        "organization",
        "customer",
        "client",
        "accountname",
        "associatedcompany",
    ),
    "type": ("type", "category", "issuetype", "tickettype", "labels", "label", "product"),
    "requester": (
        *(
            "requester",
            "requesteremail",
            "caller",
            "callerid",
            "calleremail",
            "customeremail",
            "contactemail",
        ),
        *("reporteremail", "raisedby", "email", "creator", "reporter"),
    ),
    "cause": ("cause", "closecode", "resolutioncode", "rootcause", "resolution"),
}
# What a state or an activity means, by what is in it; the first that fits counts.
WORDS: tuple[tuple[str, Meaning], ...] = (
    (r"reopen", Meaning.OPEN),
    (r"waiting on us|in progress", Meaning.WORK),
    (r"on hold|(wait|pending).*(user|caller|customer|contact|client|requester)", Meaning.WAITING_CUSTOMER),
    (r"await.*(user|caller|customer|contact|client|requester|info)", Meaning.WAITING_CUSTOMER),
    (r"awaiting assignment", Meaning.OPEN),
    (r"wait|pending|blocked|vendor|third.?party", Meaning.WAITING_THIRD_PARTY),
    (r"cancel|duplicate|spam|junk|invalid|void|rejected", Meaning.VOID),
    (r"resolved|closed?\b|done|complete|solved|fixed|finished", Meaning.RESOLVED),
    (r"repl(y|ied)|respon|answered", Meaning.REPLY),
    (r"comment|note", Meaning.NOTE),
    (r"progress|\bstarted|\bactive|work|accepted|review|in call", Meaning.WORK),
    (r"new|open|creat|triage|backlog|todo|to do|unstarted|assign|queued|submitted|received", Meaning.OPEN),
    (r"escalat", Meaning.OPEN),
)
# Which tier a group or a level speaks of.
TIERS: tuple[tuple[str, int], ...] = (
    (r"\b(3rd|l3|tier ?3|third|level ?3)\b|engineering|product|development", 3),
    (r"\b(2nd|l2|tier ?2|second|level ?2)\b|integration|technical|specialist", 2),
    (r"\b(1st|l1|tier ?1|first|level ?1)\b|support|(service|help|front) ?desk|operations|call ?cent", 1),
)
