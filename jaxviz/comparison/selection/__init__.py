"""Which configuration of each algorithm is compared, and what the choice flatters."""
