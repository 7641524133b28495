"""Speed and memory, as ratios of programs that run in turn on one machine."""
