"""From a job to a result: the engine, its result, and what the result is worth."""
