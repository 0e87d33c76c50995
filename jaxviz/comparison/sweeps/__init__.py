"""What hyper-parameters do to the score of one algorithm."""
