"""Awards: issue, verify, revoke."""
