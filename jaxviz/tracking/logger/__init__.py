"""`MLflowLogger` and its methods: users' values, turned into records."""
