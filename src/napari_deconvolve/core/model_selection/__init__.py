"""Choosing settings from the data alone: held-out splits, risk, thinning and residuals."""
