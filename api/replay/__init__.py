"""What would have been told: kept events and samples under other thresholds, masks, or releases."""
