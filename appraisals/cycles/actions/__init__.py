"""The verbs of a cycle: open it, move it on, work out its scores, grade its people."""
