"""Bringing sheets in, for any noun: upload, columns, preview, confirm, write as a job, undo within a day.

A noun says what it takes with a `Kind` (see `lms.imports.rules.Kind`) and registers it in its `init_app`:

    from lms.imports.actions import registering
    registering.register(app, Kind(name="roster", label="花名册", …))

A kind gives four things. `fields`: the columns it knows, with the words they go by. `planner(task)`: an object whose
`plan(lines)` looks at up to 500 lines at a time (in order, so it may remember what it has seen) and answers one
`Planned` for each: its group, sentences (`Refused`), old → new, and plain JSON `data` with everything that writing
needs; `rest()` may add lines that no row stands for. It only reads. `write(task, rows)` does what was planned for some
rows inside one short transaction and answers an `Outcome` each; it looks again before it writes, for days may have
passed. `undo(task, rows)` takes back what `write` noted in `Outcome.before`, and answers for each row whether it did.
The engine keeps files, rows, progress, counts, pages and jobs; nothing is written before somebody confirms. Cells come
raw: read them with `lms.sheets.cells` (`text`, `code`, `day`, `month`, `rate`, `number`, `integer`).
"""
