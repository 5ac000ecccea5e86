"""Measures the gateway beside its peers under load; see ``docs/benchmarks/throughput.md``."""
