"""Django's SQLite, with patience of its own: whoever finds the database locked gets in at the next gap (R28)."""
