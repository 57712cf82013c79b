"""The columns of a roster, the words they go by, the groups of its preview, and how its words are read."""

import re
from difflib import get_close_matches
from functools import lru_cache

from lms.errors import Refused
from lms.imports.rules import FAULTY, N_, SAME, Field, Group
from lms.people.models import FORM_LABELS, EmploymentForm
from lms.people.rules import check_phone
from lms.sheets import cells
from lms.sheets.cells import Cell

LONGEST_NAME = 40
FIELDS = (
    Field("name", N_("姓名"), ("名字", "人员姓名", "员工姓名", "职工姓名", "坐席姓名", "中文名"), is_required=True, sample="林晓岚"),
    Field("number", N_("工号"), ("员工号", "员工编号", "人员编号", "职工号", "职工编号", "坐席工号", "话务工号", "员工工号", "人员工号"),
          is_required=True, hint=N_("按工号认人；一人一段一号，永不重用"), sample="A1108"),
    Field("department", N_("所在单位"), ("所在部门", "部门", "单位", "科室", "处室", "所属部门", "所属单位", "部门名称", "单位名称"),
          hint=N_("名称或代码")),
    Field("team", N_("班组"), ("组别", "小组", "所在班组", "班组名称", "所属班组", "工作组"), hint=N_("名称或代码；有班组就以班组为准"), sample="受理一组"),
    Field("form", N_("用工性质"), ("用工形式", "用工类型", "用工方式", "人员性质", "人员类别", "编制类型", "编制性质", "聘用形式", "身份类别", "合同类型", "性质"),
          hint=N_("公务员、事业编制、编外合同、劳务派遣、服务外包；公司可以写在括号里"), sample="服务外包（慧声）"),
    Field("vendor", N_("派遣或外包公司"), ("外包公司", "派遣公司", "劳务公司", "承接方", "承接公司", "供应商", "外包单位", "派遣单位", "外包商", "所属公司", "公司")),
    Field("employer", N_("用人单位"), ("合同单位", "签约单位", "签订合同单位", "劳动合同单位")),
    Field("post", N_("岗位"), ("岗位名称", "职务", "职位", "工种", "岗位职务", "担任岗位"), sample="坐席"),
    Field("starts_on", N_("到岗日期"), ("入职日期", "入职时间", "到岗时间", "上岗日期", "上岗时间", "开始日期", "进入中心时间", "入岗日期"),
          hint=N_("新增的人要有；不写就按导入那天"), sample="2026-11-24"),
    Field("changed_on", N_("变动日期"), ("变更日期", "生效日期", "调整日期", "异动日期")),
    Field("ends_on", N_("离职日期"), ("离岗日期", "离职时间", "离岗时间", "最后在岗日", "离开日期", "退出日期")),
    Field("state", N_("人员状态"), ("状态", "在岗状态", "在职状态", "是否在岗", "是否在职"), hint=N_("写离职、离岗、退休的行会结束任职")),
    Field("new_number", N_("新工号"), ("变更后工号", "新员工编号"), hint=N_("换用工性质或公司时写")),
    Field("phone", N_("手机号"), ("手机", "手机号码", "移动电话", "联系电话", "电话", "联系方式", "电话号码"), sample="13800001234"),
    Field("email", N_("邮箱"), ("电子邮箱", "电子邮件", "邮件", "email")),
    Field("born_on", N_("出生日期"), ("出生年月日", "生日", "出生时间")),
)  # fmt: skip
GROUPS = (
    Group("new", N_("新增"), "ok", hint=N_("登记新人、开账号；激活码在写完后打印")),
    Group("changed", N_("变更"), "warn"),
    Group("moved", N_("换用工性质或公司"), "warn", hint=N_("原来一段结束，从变动日期起算新的一段")),
    Group("left", N_("离职"), "warn", hint=N_("任职到最后在岗日结束，登录随即失效")),
    Group("same_person", N_("可能是同一人"), "warn", is_ticked=False, hint=N_("勾选后算同一个人的新一段任职，学习和证书记录跟着走")),
    Group("other_person", N_("姓名对不上"), "warn", is_ticked=False, hint=N_("工号相同，姓名和手机号都不同；确实是改名再勾选")),
    Group("missing", N_("名单里没有"), "warn", is_ticked=False, hint=N_("在岗但这份全员名单里没有的人；勾选后按离职登记")),
    Group("remind", N_("有提醒"), "warn", hint=N_("可以写入，先看一眼每行的说明")),  # in previews of earlier versions
    SAME,
    FAULTY,
)  # fmt: skip

FORM_WORDS = {
    EmploymentForm.civil_servant: ("公务员", "参公", "参照公务员", "参照公务员管理", "参照公务员法管理", "行政编", "行政编制", "行政"),
    EmploymentForm.institution: ("事业编制", "事业编", "事业", "事业单位", "全额事业", "差额事业", "事业在编"),
    EmploymentForm.direct_contract: ("编外合同", "编外", "编外合同制", "编外聘用", "合同制", "聘用制", "聘用", "直聘", "自聘", "直签", "劳动合同"),
    EmploymentForm.dispatch: ("劳务派遣", "派遣", "劳务派遣制", "派遣制", "劳务"),
    EmploymentForm.outsourced: ("服务外包", "外包", "业务外包", "外包服务", "话务外包", "外包坐席"),
}  # fmt: skip
_KNOWN_FORMS = {cells.fold(word): form for form, words in FORM_WORDS.items() for word in words}
_ENDINGS = ("人员", "员工", "用工", "职工", "制")
_WITH_COMPANY = re.compile(r"^(.+?)\s*(?:[（(【\[]\s*(.+?)\s*[）)】\]]|[:：\-—/]\s*(.+))$")
_GONE = frozenset(map(cells.fold, ("离职", "已离职", "离岗", "已离岗", "退休", "已退休", "辞职", "辞退", "解聘", "解除", "终止", "调离", "调出", "退出", "退场", "否", "不在岗", "不在职")))  # fmt: skip
_PRESENT = frozenset(map(cells.fold, ("在岗", "在职", "正常", "是", "在编", "试用", "试用期", "实习", "待岗", "休假", "产假", "")))  # fmt: skip
_CJK = re.compile("[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_DOTS = dict.fromkeys(map(ord, "•・‧●∙⋅"), "·")


def name(value: Cell) -> str:
    """A name: 张　三 is 张三, the dots of long names are one dot; spaces between Latin words stay."""
    words = cells.line(value).translate(_DOTS)
    if _CJK.search(words):
        words = words.replace(" ", "")
    if not words:
        raise Refused("姓名是空的。")
    if len(words) > LONGEST_NAME:
        raise Refused("姓名有 {n} 个字，最多 {most} 个。", n=len(words), most=LONGEST_NAME)
    return words


def number(value: Cell) -> str:
    """A staff number as it is kept."""
    found = cells.code(value)
    if not found:
        raise Refused("工号是空的。")
    if len(found) > 30:
        raise Refused("工号「{value}」太长，最多 30 个字。", value=cells.shown(value))
    return found


def form(value: Cell) -> tuple[EmploymentForm | None, str]:
    """The form of employment and the company that stands with it in brackets: 外包（通联服务）."""
    return _form(cells.line(value))


@lru_cache(maxsize=1024)
def _form(words: str) -> tuple[EmploymentForm | None, str]:
    if cells.is_nothing(words):
        return None, ""
    whole = _form_word(words)
    if whole is not None:
        return whole, ""
    parted = _WITH_COMPANY.match(words)
    if parted:
        found = _form_word(parted[1])
        if found is not None:
            return found, parted[2] or parted[3]
    close = get_close_matches(cells.fold(words), list(_KNOWN_FORMS), n=1, cutoff=0.6)
    if close:
        raise Refused(
            "用工性质「{value}」不认得，是不是「{near}」？",
            value=cells.shown(words),
            near=FORM_LABELS[_KNOWN_FORMS[close[0]]],
        )
    raise Refused(
        "用工性质「{value}」不认得。写公务员、事业编制、编外合同、劳务派遣或服务外包。", value=cells.shown(words)
    )


def _form_word(words: str) -> EmploymentForm | None:
    if any(mark in words for mark in "?？"):  # somebody was not sure
        return None
    folded = cells.fold(words)
    for ending in ("", *_ENDINGS):
        if folded.endswith(ending) and (found := _KNOWN_FORMS.get(folded[: len(folded) - len(ending)])):
            return found
    return None


def has_gone(value: Cell) -> bool:
    """Whether the state says that somebody has left."""
    folded = cells.fold(value)
    if folded in _GONE:
        return True
    if folded in _PRESENT:
        return False
    raise Refused("人员状态「{value}」不认得，写在岗或离职。", value=cells.shown(value))


def phone(value: Cell) -> str:
    """A mobile number: eleven digits, whatever stands between them; +86 is left out."""
    if cells.is_nothing(value):
        return ""
    digits = re.sub(r"[-\s()]", "", cells.code(value)).removeprefix("+86")
    digits = digits[2:] if len(digits) == 13 and digits.startswith("86") else digits
    try:
        check_phone(digits)
    except Refused:
        raise Refused("手机号「{value}」不是 11 位数字。", value=cells.shown(value)) from None
    return digits


def email(value: Cell) -> str:
    """A mail address with @ and a domain."""
    if cells.is_nothing(value):
        return ""
    words = cells.code(value).lower()
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", words) or len(words) > 120:
        raise Refused("邮箱「{value}」不对，要有 @ 和域名。", value=cells.shown(value))
    return words
