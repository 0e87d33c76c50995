"""`MLflowLogger` and its methods: what users log, turned into records."""
