"""Settings side by side: estimates, errors and scores."""
