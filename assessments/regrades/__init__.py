"""Regrades: objections, items found faulty, and marking everybody again."""
