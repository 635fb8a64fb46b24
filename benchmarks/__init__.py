"""What the bridge costs, measured: ``make bench``; see docs/benchmarks.md."""
