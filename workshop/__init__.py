"""What maintainers run: rendering, installing, act, the demo, the bench and the proof."""
