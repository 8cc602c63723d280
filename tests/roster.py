"""What is known of the files of the tests: on which engine they say something, which take long."""

# Written with the ORM alone, or about pages, mail, files and other servers: what SQLite has shown of them
# holds on PostgreSQL as well. What has SQL of its own, locks, or somebody beside it, runs on both.
ONE_ENGINE_IS_ENOUGH = (
    *(
        "accounts/*",
        "config/*",
        "demo/test_deals.py",
        "demo/test_letters.py",
        "demo/test_year.py",
        "people/*",
        "playbook/*",
        "web/*",
    ),
    *("api/test_fuzz.py", "api/test_problems.py", "api/test_rights.py"),
    *(
        "commands/test_edges.py",
        "commands/test_mailbox.py",
        "commands/test_report.py",
        "commands/test_source.py",
    ),
    *("links/test_addresses.py", "links/test_posting.py"),
    *("listener/*", "mailboxes/*"),
    *("mail/test_absences.py", "mail/test_big_mail.py", "mail/test_composing.py", "mail/test_enclosing.py"),
    *("mail/test_files.py", "mail/test_html.py", "mail/test_import.py", "mail/test_marks.py"),
    *("mail/test_pictures.py", "mail/test_proposing.py", "mail/test_showing.py", "mail/test_templates.py"),
)
BOTH_ALL_THE_SAME = {
    *("listener/test_trouble.py", "mailboxes/test_kills.py", "mailboxes/test_reconciling.py"),
    *("people/test_tokens.py", "web/test_case.py", "web/test_deals_lists.py", "web/test_disputes.py"),
    *("web/test_funnel_page.py", "web/test_intake_pages.py", "web/test_intake_paging.py"),
    *("web/test_partings.py", "web/test_query_counts.py", "web/test_queues.py", "web/test_replying.py"),
    *("web/test_rights.py", "web/test_search_page.py", "web/test_sent_twice.py"),
}
# Tracing more than doubles the time a test takes. These walk at random, flood, kill, start whole processes or
# take long and have hardly a line of their own: what they run is run, and measured, by the tests beside them.
NOT_TRACED = (
    *("api/test_fuzz.py", "cases/test_random_walks.py", "clock/test_business_against_reference.py"),
    *("commands/test_edges.py", "deals/test_random_walks.py", "disputes/test_kills.py"),
    *("disputes/test_random_lives.py", "insight/test_random_histories.py", "listener/test_processes.py"),
    *("mail/test_big_mail.py", "mail/test_import.py", "mail/test_kills.py", "mailboxes/test_kills.py"),
    *("packaging/*", "web/test_hostile_pages.py", "web/test_nonsense.py", "web/test_reach.py"),
    *("commands/test_installation.py", "commands/test_redact.py", "commands/test_upgrade.py"),
    *("demo/test_deals.py", "listener/test_trouble.py", "mail/test_child.py", "mail/test_composing.py"),
    *("mail/test_enclosing.py", "mail/test_threads.py", "web/test_query_counts.py", "web/test_rights.py"),
    "worker/test_serve.py",
    *("web/test_dashboards.py", "web/test_numbers_faces.py", "web/test_pages.py", "web/test_search_page.py"),
    *("insight/test_worked_example.py", "mail/test_carrier_kills.py", "mail/test_claims.py"),
    *("mail/test_intake.py", "mail/test_thread_joins.py", "review/test_writing.py"),
)
# The longest begin first: at the end of a run no worker sits over one of them while the others have
# nothing left.
LONGEST = (
    *("commands/test_backup_postgres.py", "commands/test_backup.py", "packaging/test_scripts.py"),
    *("worker/test_two_and_two.py", "mail/test_import.py", "worker/test_serve.py", "mail/test_kills.py"),
    *(
        "listener/test_processes.py",
        "web/test_nonsense.py",
        "disputes/test_kills.py",
        "insight/test_columns.py",
    ),
    *(
        "commands/test_redact.py",
        "commands/test_installation.py",
        "web/test_reach.py",
        "demo/test_filling.py",
    ),
    *("clock/test_business_against_reference.py", "commands/test_edges.py", "listener/test_listener.py"),
    *("mailboxes/test_worker.py", "commands/test_upgrade.py", "mail/test_child.py", "mail/test_big_mail.py"),
    *(
        "disputes/test_random_lives.py",
        "demo/test_year.py",
        "mailboxes/test_kills.py",
        "mail/test_carrier.py",
    ),
    *("insight/test_desk_histories.py", "cases/test_random_walks.py", "web/test_pages.py"),
)
