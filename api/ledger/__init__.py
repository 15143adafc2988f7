"""The ledger: an append-only, hash-chained record of what happened to each alert."""
