"""What the agent did, counted for Prometheus; nothing is counted, and nothing imported for it, unless settings ask."""
