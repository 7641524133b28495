"""The parts of the demo: models, traffic, payloads, labels, an embedded AWS, and the telling of it.

Nothing here is part of the product: it plays the world around the functions and the monitor.
"""
