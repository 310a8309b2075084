"""Which Exchanges belong together: found by ids and fingerprints, without keeping text."""
