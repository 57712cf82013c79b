"""Markers: who marks written answers, the queue, two marks and a third."""
