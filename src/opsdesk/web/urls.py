from django.urls import include, path

from opsdesk.web import reports

urlpatterns = [
    path("healthz", reports.healthz, name="healthz"),
    path("csp-report", reports.csp_report, name="csp-report"),
    path("", include("opsdesk.web.account.urls")),
    path("", include("opsdesk.web.queues.urls")),
    path("", include("opsdesk.web.case.urls")),
    path("", include("opsdesk.web.search.urls")),
    path("", include("opsdesk.web.intake.urls")),
    path("", include("opsdesk.web.newrequest.urls")),
    path("", include("opsdesk.web.letters.urls")),
    path("", include("opsdesk.web.hooks.urls")),
    path("", include("opsdesk.web.mailboxes.urls")),
    path("", include("opsdesk.web.webhooks.urls")),
    path("", include("opsdesk.web.tokens.urls")),
    path("", include("opsdesk.web.desk.urls")),
    path("", include("opsdesk.web.wording.urls")),
    path("", include("opsdesk.web.calendars.urls")),
    path("", include("opsdesk.web.people.urls")),
    path("", include("opsdesk.web.accounts.urls")),
    path("", include("opsdesk.web.care.urls")),
    path("", include("opsdesk.web.health.urls")),
    path("", include("opsdesk.web.funnel.urls")),
    path("", include("opsdesk.web.deals.urls")),
    path("", include("opsdesk.web.scopes.urls")),
    path("", include("opsdesk.web.playbooks.urls")),
    path("", include("opsdesk.web.disputes.urls")),
    path("", include("opsdesk.web.evidence.urls")),
    path("", include("opsdesk.web.incidents.urls")),
]
