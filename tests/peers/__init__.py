"""Where other connectors break, and that Buddy does not: a test for each weakness of docs/other-connectors.md."""
