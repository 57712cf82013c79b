"""What learning announces, within the transaction of the act."""

from blinker import Signal

unit_completed = Signal("A person has done a unit for the first time. Sender: the UnitCompletion.")
course_completed = Signal("A person has done every unit of a course. Sender: the CourseCompletion.")
