"""Decisions about programmes: audience, deadlines, stages, figures. Pure."""
