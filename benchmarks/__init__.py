"""What the auditor promises in figures, measured by one command each."""
