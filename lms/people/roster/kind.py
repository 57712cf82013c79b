"""The roster as a kind of import."""

from lms.imports.rules import N_, Kind, Option
from lms.organisation import queries as organisation
from lms.people.models import FORM_LABELS, VENDOR_FORMS
from lms.people.roster import columns, undoing, writing
from lms.people.roster.planning import RosterPlanner

UNKNOWN = (
    ("", N_("像是写错的要修改，其余的新建")),
    ("create", N_("都按表里的名称新建")),
    ("refuse", N_("都要修改，不新建")),
)
MOVES = (("", N_("算新的一段任职，要写新工号")), ("correct", N_("原来登记错了，直接更正")))


def options() -> tuple[Option, ...]:
    """What is asked: is it everybody, from when, which companies, what of unknown words."""
    vendors = (("", N_("按表里写的公司")), *((str(vendor.id), vendor.name) for vendor in organisation.vendors()))
    return (
        Option("complete", N_("这是全员名单"), N_("勾选后，在岗但名单里没有的人单独列一组，由你决定要不要登记离职")),
        Option("changed_on", N_("变动从哪天起算"), N_("没写变动、到岗、离职日期的行用这一天；不填是今天"), "day"),
        Option("unknown", N_("系统里没有的单位、岗位、公司"), "", "choice", UNKNOWN),
        Option("moves", N_("工号没变，用工性质或公司变了"), "", "choice", MOVES),
        *(
            Option(f"vendor_{form}", f"{FORM_LABELS[form]}没写公司的，算哪家", "", "choice", vendors)
            for form in sorted(VENDOR_FORMS)
        ),
    )


ROSTER = Kind(
    name="roster",
    label=N_("花名册"),
    counted=N_("人"),
    roles=frozenset({"hr"}),
    fields=lambda _task: columns.FIELDS,
    groups=columns.GROUPS,
    planner=RosterPlanner,
    write=writing.write,
    undo=undoing.undo,
    tidy=undoing.tidy,
    options=options,
    ref_kind="person",
    section="people.index",
    done_slot="roster_done",
)
