"""The system administrator's screens: health, outbox, backups, settings."""
