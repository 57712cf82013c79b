"""A month's figures as a sheet: KPIs and attendance, understood, written as new rows, taken back."""
