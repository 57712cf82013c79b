"""Persons and their employment spells: one record for life, whatever the contract."""

import enum
from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.db import Model
from lms.organisation.models import Post, Unit, Vendor


class EmploymentForm(enum.StrEnum):
    """The five forms of employment; never a condition for a course, a pass mark or a certificate."""

    civil_servant = "civil_servant"
    institution = "institution"
    direct_contract = "direct_contract"
    dispatch = "dispatch"
    outsourced = "outsourced"

    @property
    def label(self) -> str:
        return FORM_LABELS[self]


FORM_LABELS = {
    EmploymentForm.civil_servant: "公务员",
    EmploymentForm.institution: "事业编制",
    EmploymentForm.direct_contract: "编外合同",
    EmploymentForm.dispatch: "劳务派遣",
    EmploymentForm.outsourced: "服务外包",
}
VENDOR_FORMS = frozenset({EmploymentForm.dispatch, EmploymentForm.outsourced})


class Person(Model):
    """A person. ID card numbers are not kept; the phone is shown masked."""

    __tablename__ = "persons"

    name: Mapped[str] = mapped_column(String(40))
    given_name: Mapped[str] = mapped_column(String(40))
    sort_key: Mapped[str] = mapped_column(String(120), index=True)
    certificate_name: Mapped[str] = mapped_column(String(40))
    phone: Mapped[str] = mapped_column(String(20), default="")
    email: Mapped[str] = mapped_column(String(120), default="")
    born_on: Mapped[date | None]

    spells: Mapped[list["Spell"]] = relationship(back_populates="person", order_by="Spell.starts_on")

    def __str__(self) -> str:
        return self.name


class Spell(Model):
    """One stretch of employment: form, employer, unit, post, from, to. A staff number belongs to it for ever."""

    __tablename__ = "spells"
    __table_args__ = (
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="days"),
        CheckConstraint("(form IN ('dispatch', 'outsourced')) = (vendor_id IS NOT NULL)", name="vendor"),
        Index("ix_spells_unit_id_form", "unit_id", "form"),
        Index("ix_spells_person_id_starts_on", "person_id", "starts_on"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    staff_number: Mapped[str] = mapped_column(String(30), unique=True)
    form: Mapped[EmploymentForm]
    employer: Mapped[str] = mapped_column(String(80))
    vendor_id: Mapped[int | None] = mapped_column(ForeignKey("vendors.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]

    person: Mapped[Person] = relationship(back_populates="spells")
    vendor: Mapped[Vendor | None] = relationship()
    unit: Mapped[Unit] = relationship()
    post: Mapped[Post] = relationship()

    def is_current(self, day: date) -> bool:
        """Whether the spell holds on that day."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)
