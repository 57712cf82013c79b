"""What the verbs and kinds of audit lines are called; an unknown one is shown as it is kept."""

from flask_babel import gettext as _

from lms.web.links import kind_label

VERBS = {
    "sign_in": "登录", "sign_in.refused": "登录被拒", "sign_out": "退出登录", "session.end": "退出一台设备",
    "session.end_others": "退出其他设备", "password.change": "修改密码", "code.issue": "发激活码", "code.refused": "激活码被拒",
    "account.open": "开账号", "account.welcome": "完成首次登录", "account.lock": "锁定账号", "account.unlock": "解锁账号",
    "account.disable": "停用账号", "account.enable": "恢复账号", "role.grant": "授予角色", "role.end": "结束角色",
    "view_as.start": "以他人视角查看", "view_as.page": "以他人视角打开一页", "view_as.end": "结束他人视角",
    "award.bundle": "打包下载证书", "backup.make": "备份", "backup.check": "核对备份", "mail.retry": "再发邮件",
    "person.add": "登记新人", "person.correct": "更正信息", "person.correction_asked": "申请更正信息", "spell.start": "登记任职",
    "person.change": "导入变更", "person.restore": "撤销变更", "person.withdraw": "撤回新人", "spell.withdraw": "撤回任职",
    "correction.settle": "答复信息有误", "unit.add": "新建单位", "post.add": "新建岗位", "vendor.add": "新建公司",
    "unit.take_back": "撤回单位", "post.take_back": "撤回岗位", "vendor.take_back": "撤回公司",
    "import.upload": "上传表格", "import.confirm": "确认导入", "import.resume": "接着导入", "import.stop": "结束导入",
    "import.discard": "放弃导入", "import.undo": "撤销导入", "measure.withdraw": "撤回指标",
    "spell.end": "登记离岗", "unit.found": "设立首个单位", "audit.export": "导出审计", "admin.create": "新建数据",
    "admin.edit": "修改数据", "admin.delete": "删除数据", "job.cancel": "取消任务", "library.load": "装入课程库",
    "policy.load": "装入政策库", "demo.load": "装入演示数据", "course.assign": "指派课程", "hours.reverse": "冲销学时",
    "attempt.start": "开始考试", "attempt.take_over": "换设备作答", "attempt.hand_in": "交卷", "attempt.void": "作废作答",
    "award.issue": "颁发证书", "award.revoke": "撤销证书", "award.release": "补发证书", "cycle.open": "开考核周期",
    "cycle.move": "推进考核", "cycle.export": "导出考核", "cycle.quota": "调整名额", "cycle.scores": "计算得分",
    "cycle.summary": "提交小结", "grade.propose": "建议等次", "grade.opinion": "填写意见", "grade.determine": "确定等次",
    "course.create": "新建课程", "course.edit": "修改课程", "course.open": "开放课程", "course.close": "停开课程",
    "lesson.create": "新建课节", "lesson.move": "移动课节", "lesson.retire": "停用课节", "lesson.bring_back": "恢复课节",
    "lesson.draft": "改课节草稿", "lesson.set_aside": "存放草稿副本", "lesson.discard": "放弃草稿",
    "lesson.restore": "恢复旧文本", "lesson.rebase": "对照新版本", "lesson.submit": "送审课节", "lesson.take_back": "收回送审",
    "lesson.send_back": "退回课节", "lesson.publish": "发布课节", "picture.upload": "上传图片",
    "attempt.extend": "延长作答时间", "attempt.finish": "阅卷后出成绩", "attempt.regrade": "更正成绩",
    "award.decide_lost_pass": "决定失去合格的证书", "award.decide_score": "决定按更正后的成绩换发",
    "award.correct": "换发证书", "award.hold": "暂缓证书", "claim.assign": "指定处理人",
    "claim.decide": "决定异议", "claim.make": "提出异议", "claim.recuse": "回避", "cycle.archive": "归档考核",
    "cycle.archive_taken": "下载档案包", "cycle.print": "打印考核材料", "evidence.confirm": "确认更正的依据",
    "exam.change": "修改考试安排", "exam.close": "关闭考试", "exam.create": "新建考试", "exam.load": "装入考试",
    "exam.release_paper": "启用新试卷", "extra_time.end": "结束加时", "extra_time.grant": "给予加时",
    "form.step": "登记表进入下一步", "grade.batch": "批量定等次", "grade.sign": "签批等次", "grade.undo": "撤销等次",
    "grade.vote": "记录表决", "marking.terms": "修改阅卷安排", "notice.choose_mail": "选择邮件通知",
    "objection.answer": "答复题目异议", "objection.raise": "提出题目异议", "paper.save": "保存组卷蓝图",
    "policy.confirm": "确认已读政策更新", "policy.publish_update": "发布政策更新",
    "policy.remind": "提醒未读政策更新", "policy.withdraw_update": "撤回政策更新", "practice.answer": "练习作答",
    "programme.close": "结束培训任务", "programme.copy": "复制培训任务", "programme.discard": "放弃任务草稿",
    "programme.draft": "起草培训任务", "programme.export": "导出达标名单", "programme.extend": "延期",
    "programme.extend_undo": "撤销延期", "programme.follow": "任务名单更新", "programme.nudge": "催办",
    "programme.publish": "发布培训任务", "programme.remind": "到期提醒", "programme.reopen": "任务重新算未完成",
    "programme.rewrite": "改写任务草稿", "publicity.begin": "开始公示", "question.begin": "新建题目",
    "question.discard": "放弃题目草稿", "question.export": "导出题目",
    "question.ignore_library": "不采用课程库的写法", "question.keep": "保留网页上的题目",
    "question.publish": "发布题目", "question.remove": "撤回导入的题目", "question.restore": "恢复题目",
    "question.retire": "停用题目", "question.return": "退回题目", "question.save": "保存题目",
    "question.send": "送审题目", "question.tag": "给题目加标签", "question.withdraw": "收回题目送审",
    "record.export": "导出本人档案", "ruling.decide": "决定改判", "ruling.done": "改判完成",
    "ruling.withdraw": "撤回改判", "score.correct": "更正考核分", "script.change": "更改阅卷分",
    "script.mark": "阅卷", "script.mark_again": "重新阅卷", "unit.withdraw": "撤回学完的课节",
    "measure.record": "记录指标", "measure.import": "导入指标", "measure.load": "装入指标", "scheme.load": "装入考核方案",
}  # fmt: skip
KINDS = {
    "account": "账号", "session": "登录", "staff_number": "工号", "unit": "单位", "audit": "审计", "units": "单位",
    "vendors": "公司", "posts": "岗位", "calendar_days": "调休日历", "cycle": "考核周期", "measure": "指标", "scheme": "考核方案",
    "library": "课程库", "picture": "图片", "mail": "邮件", "demo": "演示数据",
}  # fmt: skip


AREAS = {
    "admin": "后台", "accounts": "账号", "codes": "激活码", "security": "角色", "matrix": "角色", "trail": "审计", "viewing": "他人视角",
    "operations": "运行", "people": "人员", "policies": "政策", "courses": "课程", "hours": "学时", "bank": "题库", "exams": "考试",
    "attempts": "作答", "certificates": "证书", "appraisals": "考核", "programmes": "培训任务", "imports": "导入",
    "marking": "阅卷", "statistics": "统计", "catalogue": "课程", "training": "培训", "papers": "试卷", "practice": "练习",
    "notices": "通知", "home": "首页", "scores": "考核", "evidence": "考核依据", "corrections": "信息更正",
    "score_corrections": "考核分更正",
}  # fmt: skip


def area(name: str) -> str:
    """A part of the product as people say it."""
    return _(AREAS[name]) if name in AREAS else name


def verb(name: str) -> str:
    """A verb as people say it."""
    return _(VERBS[name]) if name in VERBS else name


def kind(name: str) -> str:
    """A kind of thing as people say it."""
    return _(KINDS[name]) if name in KINDS else _(kind_label(name))
