"""How well customers are matched, on labelled lists, beside what one would use instead. `make bench-matching`."""
