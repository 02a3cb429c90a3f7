"""A small QuickBooks Online that stands on its own. Start at README.md; `app.Simulator` is the whole of it."""
