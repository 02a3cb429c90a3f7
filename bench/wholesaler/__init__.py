"""A wholesaler of any size in a database, and its pages served: for `bench.pages`."""
