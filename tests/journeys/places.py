"""Where the pages are that journeys look at: fixed addresses of the demo organisation, and kinds that links lead to."""

LEARNER = [
    "/", "/calendar", "/calendar?view=list", "/courses", "/courses/C1", "/lessons/c1-mandate", "/exams",
    "/exams/exam-intake-post", "/practice", "/practice/daily", "/practice/mistakes", "/practice/mistakes/set",
    "/programmes/3", "/me", "/me/views", "/me/hours", "/me/appraisals/2025", "/me/appraisals/2026Q3", "/publicity",
    "/certificates", "/policies", "/policies/P03", "/policies/updates/3", "/notices", "/settings", "/search?q=热线",
]  # fmt: skip
HR = [
    "/desk", "/people", "/people/corrections", "/people/corrections/2", "/imports", "/imports/roster/new", "/imports/1",
    "/imports/2", "/imports/2/columns", "/training", "/training/compliance", "/training/programmes",
    "/training/programmes/new", "/training/programmes/1", "/training/programmes/2/people",
    "/training/programmes/2/nudge?all=1", "/training/programmes/2/extension?all=1", "/training/programmes/4",
    "/training/extra-time", "/staff/certificates", "/staff/certificates/corrections", "/appraisals",
    "/appraisals/corrections", "/appraisals/2026Q3", "/appraisals/2026Q3/pools", "/appraisals/2026Q3/sources",
    "/appraisals/2026Q3/claims", "/appraisals/2026Q3/records", "/appraisals/2025/archive",
    "/appraisals/new?template=annual", "/claims/1",
]  # fmt: skip
TRAINER = [
    "/desk", "/training", "/training/C1", "/training/courses", "/training/courses/new", "/training/courses/C1",
    "/training/lessons/c1-callback/draft", "/training/lessons/c1-callback/publication",
    "/training/lessons/a3-classify/review", "/training/lessons/c1-mandate/versions?from=1&to=3", "/training/questions",
    "/training/questions/c1-001", "/training/questions/c1-w003?pane=prev", "/training/bank/new",
    "/imports/questions/new", "/training/exams", "/training/exams/new", "/training/exams/exam-c1/statistics",
    "/training/exams/exam-intake-post/terms", "/training/exams/exam-intake-post/board",
    "/training/exams/exam-winter-review/blueprint", "/training/exams/exam-winter-review/blueprint/samples?seed=5",
    "/training/marking", "/training/marking/exam-calls", "/training/objections", "/training/rulings/1",
    "/training/policy-updates", "/training/policy-updates/3", "/ui",
]  # fmt: skip
COMMITTEE = ["/desk", "/appraisals/2026Q3/sign-off"]
AUDITOR = ["/desk", "/audit", "/security/matrix", "/viewing"]
SECURITY = ["/desk", "/security/roles", "/security/matrix", "/security/accounts"]
SYSTEM = ["/operations", "/operations/mail", "/operations/backups", "/operations/settings", "/jobs", "/admin/"]
PUBLIC = ["/login", "/activate", "/forgot", "/v", "/v/YZ26-0000-0000", "/open-courses", "/accessibility", "/privacy"]

# Kinds of pages whose address has a number or a code: found by following links, and looked at as this person sees them.
LED_TO = {
    "A1037": [
        "certificates.award", "attempts.result", "access.change_password", "appraisals.measure", "regrades.object_to",
    ],
    "T2001": [
        "attempts.attempt_list", "regrades.ruling_form", "regrades.objection", "courses.programme_close",
        "attempts.record", "attempts.void", "updates.new", "courses.programme_audience", "marking.terms",
        "marking.script", "courses.programme_edit",
    ],
    "L3001": ["codes.slips", "people.person", "appraisals.participation"],
    "H4001": [
        "certificates.revoke", "people.new", "people.edit", "people.new_spell", "people.end_spell",
        "courses.hour_reversal", "exams.end_extra_time", "appraisals.publicity", "appraisals.grade",
    ],
    "S9003": ["trail.verify"],
    "S9002": ["security.grant", "security.end", "accounts.disable"],
    "S9001": [
        "operations.job", "admin_units.index_view", "admin_units.create_view", "admin_units.details_view",
        "admin_units.edit_view", "admin_units.confirm_view", "admin_calendar_days.edit_view",
        "admin_measure_rows.index_view", "admin_audit_lines.details_view",
    ],
}  # fmt: skip
# Looked at where a journey brings them about.
BROUGHT_ABOUT = {
    "attempts.question", "attempts.check", "attempts.extend",
    "access.welcome_password", "access.welcome_details", "access.welcome_size", "setup.first", "practice.answers",
    "marking.change", "regrades.preview",
}  # fmt: skip
NO_PAGES = {  # files, fragments and answers for scripts and monitors, ways that lead on
    "attempts.paper", "attempts.time_left",
    "static", "courses.picture", "courses.policy_search", "calendar.file", "operations.job_file", "operations.healthz",
    "operations.readyz", "trail.export", "courses.programme_sheet", "exams.questions_sheet", "imports.template",
    "imports.faults", "certificates.pdf", "appraisals.export", "appraisals.my_form", "appraisals.form_pdf",
    "appraisals.summary_pdf", "appraisals.archive_zip", "courses.hour_source", "access.welcome",
}  # fmt: skip
# The form on which an upheld objection to a mark is marked again: the one of 阅卷, which is looked at, with one line more.
LIKE_ANOTHER = {"regrades.mark_again"}
