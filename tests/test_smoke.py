from sqlalchemy import select
from lms.db import db, transaction
from lms.calendar import CalendarDay, load_shipped, add_working_days
from lms import search, audit
from datetime import date

def test_a(context):
    with transaction():
        load_shipped()
        audit.record("x","y",1,"l",a=1)
    assert add_working_days(date(2026,9,30),1) == date(2026,10,8)
    assert audit.verify().lines == 1
    with transaction():
        search.put("course","1","政务服务食品安全","安全手册第一章 ABC")
    assert search.find("食品", ["course"])
    assert search.find("abc", ["course"])
    assert not search.find("食安", ["course"])

def test_b(context):
    assert not db.session.scalars(select(CalendarDay)).all()
    assert audit.verify().lines == 0

def test_c(client):
    assert client.get("/").status_code in (303, 500)
