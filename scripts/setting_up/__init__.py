"""The parts of scripts/setup. Only the standard library, and of the service what imports nothing else."""
