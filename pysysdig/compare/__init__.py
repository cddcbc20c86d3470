"""What is different in two captures: new, gone and changed processes, files, connections, errors, latencies."""
