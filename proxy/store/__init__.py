"""What outlives a process: rollups of all traffic, rows of what matters, and the queries."""
