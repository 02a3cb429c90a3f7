"""Which test holds which promise: claims.toml says it, docs/coverage.md shows it, and check.py tries whether it is so.

claims    what is claimed, read from claims.toml and held against docs/rules.md
page      docs/coverage.md, written by `make docs`
check     `make check-coverage`: without the product function behind a claim, each of its tests must fail
without   the pytest plugin that takes that function away
"""
