"""How good the predictions are: metrics, intervals, baselines, predictor."""
