"""A company's books for measuring: what is in them, how QuickBooks would write it, and a process that serves it."""
