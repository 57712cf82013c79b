"""Pages of attempts: sitting, results, the staff side, cards on other pages."""
