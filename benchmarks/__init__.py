"""Measurements that the documentation quotes; each is a command of its own."""
