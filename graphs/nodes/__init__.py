"""The four nodes of the graph, one file each."""
