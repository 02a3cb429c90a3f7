"""Every rule of QuickBooks the simulator is built to, and the tests that hold it."""
