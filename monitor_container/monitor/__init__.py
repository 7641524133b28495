"""The monitor: joins inference records with ground truth and judges the model.

The steps, one module each: settings -> ingest -> join -> aggregate -> metrics -> constraints ->
publish. `run` calls them in that order; only `locations` and what is built on it touches the world.
"""
